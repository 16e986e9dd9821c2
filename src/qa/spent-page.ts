// What a person sees whose link lets nobody in any more. It loads nothing and runs nothing. Pure.
import { createHash } from 'node:crypto'
import { pageHeaders } from '../http/security-headers.ts'

const STYLE =
  ':root{color-scheme:light}body{margin:0;min-height:100vh;display:grid;place-items:center;background:#FAF7F2;color:#1F1B16;font:1.0625rem/1.5 system-ui,sans-serif}main{max-width:26rem;padding:2rem}h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem;border-top:4px solid #B8893B;padding-top:1rem}p{margin:.75rem 0}a{color:inherit}'
const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

export const SPENT =
  'This link was used already, or is too old: each is good once, for a minute, on its own host'

/** `origin`: the gateway's own, where the bench is. */
export function spentPage(origin: string) {
  return {
    headers: {
      ...pageHeaders(origin),
      'content-security-policy': `default-src 'none'; style-src ${STYLE_HASH}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'content-type': 'text/html; charset=utf-8',
      'coatcheck-problem': 'not_found',
    },
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>This link is used up</title><style>${STYLE}</style><main><h1>This link is used up</h1><p>${SPENT}.</p><p>Ask for another at <a href="${new URL(origin).origin}/qa">/qa</a>.</p></main></html>`,
  }
}
