// A Strict cookie is withheld for a whole cross-site redirect chain. This page navigates once more, from our own
// origin, and the cookie comes along.
import { createHash } from 'node:crypto'
import { pageHeaders } from './security-headers.ts'

const SCRIPT = 'location.replace(document.documentElement.dataset.to)'
const SCRIPT_HASH = `sha256-${createHash('sha256').update(SCRIPT).digest('base64')}`

export interface BouncePage {
  readonly headers: Record<string, string>
  readonly body: string
}

/** `to`: a path on our own origin, already judged safe (see `returnTo`). */
export function bouncePage(to: string, publicOrigin: string): BouncePage {
  const target = escapeAttribute(to)
  return {
    headers: {
      ...pageHeaders(publicOrigin, SCRIPT_HASH),
      'content-type': 'text/html; charset=utf-8',
      refresh: `0; url=${to}`,
    },
    body: `<!doctype html><html lang="en" data-to="${target}"><meta charset="utf-8"><title>One moment</title><p><a href="${target}">Continue</a></p><script>${SCRIPT}</script></html>`,
  }
}

function escapeAttribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
