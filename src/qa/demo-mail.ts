// The demo's post: writes mails with a link, and checks links as slowly as somebody else's service would.
import fastify from 'fastify'
import { type Clock, pause } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { isJsonObject } from '../tokens/json.ts'
import { demoPassword, personas } from './personas.ts'

export interface DemoMailOptions {
  readonly clock: Clock
  readonly random: Random
  /** The upstream whose tokens a good link is worth. */
  readonly upstream: string
  /** How long a check takes. */
  readonly slowMs: number
}

export interface DemoMail extends AsyncDisposable {
  /**
   * `POST /mail` with `{ username }` answers `{ to, path }`, where `path` is the link; `POST /confirm` with `{ token }`
   * answers `{ ok }`, and for a good link the tokens beside it. A link is good once.
   */
  readonly url: string
  close(): Promise<void>
}

interface Link {
  readonly username: string
  /** Of the question that spent it. */
  spentBy: string | undefined
}

const MOST_LINKS = 1000

export async function openDemoMail(options: DemoMailOptions): Promise<DemoMail> {
  const { clock, random, upstream, slowMs } = options
  const links = new Map<string, Link>()
  // Too short for anything that Fastify's own parser could fail on (see parse-json.ts).
  const app = fastify({ logger: false, bodyLimit: 4 * 1024, forceCloseConnections: true })

  app.post('/mail', async (request, reply) => {
    const named = textOf(request.body, 'username')
    const person = personas.find(({ username }) => username === named)
    if (!person) return reply.code(400).send({ message: 'Name one of the people of the demo.' })
    const token = random(24).toString('base64url')
    links.set(token, { username: person.username, spentBy: undefined })
    const [oldest] = links.keys()
    if (links.size > MOST_LINKS && oldest !== undefined) links.delete(oldest)
    return { to: person.name, path: `/auth/confirm/${token}` }
  })

  app.post('/confirm', async (request) => {
    const key = String(request.headers['idempotency-key'] ?? '')
    const link = links.get(textOf(request.body, 'token') ?? '')
    await pause(clock, slowMs)
    // The same question once more has the same answer: the first one may have been lost.
    if (!link || (link.spentBy !== undefined && link.spentBy !== key)) return { ok: false }
    link.spentBy = key
    const answer = await fetch(`${upstream}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: link.username, password: demoPassword }),
    })
    const issued: unknown = await answer.json()
    return answer.ok && isJsonObject(issued) ? { ok: true, ...issued } : { ok: false }
  })

  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const close = () => app.close()
  return { url, close, [Symbol.asyncDispose]: close }
}

function textOf(body: unknown, name: string): string | undefined {
  const value = isJsonObject(body) ? body[name] : undefined
  return typeof value === 'string' ? value : undefined
}
