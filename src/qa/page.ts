// GET /qa: the bench's page and the files it is made of. They tell nobody anything: what they show, they ask for.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { ProblemError } from '../errors.ts'

export type PageFolder = { readonly dir: string } | { readonly why: string }

interface Asset {
  readonly type: string
  readonly bytes: Buffer
}

/** Its own files and nothing else; it hands no text to the browser as markup or script. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** As the bundler names what never changes; `badge.js` does. */
const HASHED = /-[0-9a-f]{8,}\.\w+$/
const YEAR_SECONDS = 365 * 24 * 60 * 60

/** `folder` is asked for once somebody wants to see it, and again where there was none. */
export function pageEndpoint(app: FastifyInstance, folder: () => Promise<PageFolder>): void {
  let reading: Promise<ReadonlyMap<string, Asset>> | undefined

  function files(): Promise<ReadonlyMap<string, Asset>> {
    const read = reading ?? readAll(folder)
    reading = read
    read.catch(() => {
      if (reading === read) reading = undefined
    })
    return read
  }

  async function page(_request: unknown, reply: FastifyReply) {
    const index = (await files()).get('index.html')
    if (!index) throw new ProblemError('not_found')
    return reply
      .headers({ 'content-security-policy': POLICY, 'content-type': index.type })
      .send(index.bytes)
  }

  app.get('/qa', page)
  app.get('/qa/', page)
  app.get<{ Params: { file: string } }>('/qa/assets/:file', async (request, reply) => {
    const { file } = request.params
    const found = (await files()).get(`assets/${file}`)
    if (!found) throw new ProblemError('not_found')
    const kept = HASHED.test(file) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache'
    return reply.headers({ 'content-type': found.type, 'cache-control': kept }).send(found.bytes)
  })
}

async function readAll(folder: () => Promise<PageFolder>): Promise<ReadonlyMap<string, Asset>> {
  const found = await folder()
  if ('why' in found) throw new Error(found.why)
  const assets = await readdir(join(found.dir, 'assets'))
  const names = ['index.html', ...assets.map((name) => `assets/${name}`)]
  const read = names.map(async (name) => {
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
    return [name, { type, bytes: await readFile(join(found.dir, name)) }] as const
  })
  return new Map(await Promise.all(read))
}
