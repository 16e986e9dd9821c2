// A deployment's own files: hashed assets for good, pages asked for again each time, unknown paths of a navigation
// answered with the page that routes them in the browser.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { StaticConfig } from '../config/config.ts'
import { staticHeaders } from './security-headers.ts'

/** What stands between a name and its last extension (`.js`, `.chunk.js`), eight characters or more. */
const LAST_PART = /[.-]([A-Za-z0-9_-]{8,})(?:\.chunk)?\.[a-z0-9]+$/

const YEAR_SECONDS = 365 * 24 * 60 * 60

export async function staticFiles(
  app: FastifyInstance,
  files: StaticConfig,
  publicOrigin: string,
): Promise<void> {
  const headers = Object.entries(staticHeaders(publicOrigin))
  if (files.prefix !== '/') {
    // The prefix itself is the page that `prefix/` is.
    app.get(files.prefix, (_request, reply) => reply.sendFile('index.html', files.dir))
  }
  await app.register(fastifyStatic, {
    root: files.dir,
    prefix: files.prefix === '/' ? '/' : `${files.prefix}/`,
    prefixAvoidTrailingSlash: true,
    redirect: false,
    index: ['index.html'],
    dotfiles: 'ignore',
    // Once is enough for all folders, and for their fallbacks.
    decorateReply: !app.hasReplyDecorator('sendFile'),
    cacheControl: false,
    wildcard: true,
    setHeaders(reply, path) {
      for (const [name, value] of headers) reply.header(name, value)
      reply.header('cache-control', cacheControlOf(path))
    },
  })
}

/** `/assets/app-B3f9aC1x.js` never changes; everything else is asked for again. */
export function cacheControlOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const part = LAST_PART.exec(name)?.[1]
  const hashed = part !== undefined && looksHashed(part) && !name.endsWith('.html')
  return hashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache'
}

/** Hexadecimal, or small letters, capitals and digits mixed; words with a number at the end are not. */
function looksHashed(part: string): boolean {
  if (!/\d/.test(part)) return false
  return /^[0-9a-f]+$/.test(part) || (/[a-z]/.test(part) && /[A-Z]/.test(part))
}

/** The files whose fallback answers this navigation, longest prefix first; undefined when none does. */
export function fallbackFor(
  statics: readonly StaticConfig[],
  request: FastifyRequest,
): StaticConfig | undefined {
  if (!navigates(request)) return undefined
  const path = request.url.split('?', 1)[0] ?? '/'
  return statics
    .filter(({ prefix, fallback }) => {
      if (fallback === undefined) return false
      return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`)
    })
    .sort((a, b) => b.prefix.length - a.prefix.length)[0]
}

/** For whoever looks for a page where no files are configured at all. */
export function noFrontend(statics: readonly StaticConfig[], request: FastifyRequest) {
  const looks = navigates(request) || (request.method === 'GET' && request.url === '/')
  if (statics.length > 0 || !looks) return undefined
  return 'There is no frontend here yet: the setting "static" names the directory of one'
}

function navigates({ method, headers }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  const { 'sec-fetch-mode': mode, accept = '' } = headers
  // A browser says what a navigation is; older ones only that they would like a page.
  return mode === undefined ? accept.includes('text/html') : mode === 'navigate'
}

/** Undefined, and nothing sent, where the page is not there. */
export function sendFallback(reply: FastifyReply, files: StaticConfig, publicOrigin: string) {
  const page = files.fallback ?? 'index.html'
  if (!existsSync(join(files.dir, page))) return undefined
  reply.headers({ ...staticHeaders(publicOrigin), 'cache-control': 'no-cache' })
  return reply.sendFile(page, files.dir, { cacheControl: false })
}
