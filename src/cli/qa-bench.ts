// The running gateway's QA bench as commands call it: found through the same configuration, refused in one sentence.
import { Agent, request } from 'undici'
import { isLoopback } from '../config/addresses.ts'
import type { Config, QaConfig } from '../config/config.ts'

export type BenchAnswer<Body> =
  | { readonly ok: true; readonly body: Body }
  /** `why`: what is wrong and how to mend it. */
  | { readonly ok: false; readonly why: string }

export interface BenchCaller {
  post<Body>(path: string, fields: object): Promise<BenchAnswer<Body>>
}

/** `undefined` where the configuration has no bench. */
export function benchCaller(config: Config): BenchCaller | undefined {
  const { qa } = config
  if (!qa) return undefined
  const url = whereItListens(config)
  return {
    async post<Body>(path: string, fields: object): Promise<BenchAnswer<Body>> {
      const agent = new Agent()
      try {
        const answer = await request(`${url}${path}`, {
          method: 'POST',
          headers: headersFor(config, qa),
          body: JSON.stringify(fields),
          dispatcher: agent,
        })
        const text = await answer.body.text()
        if (answer.statusCode < 300) return { ok: true, body: JSON.parse(text) as Body }
        return { ok: false, why: whyRefused(text, answer.statusCode, url) }
      } catch (error) {
        const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
        const why = refused ? 'nobody listens there' : 'it did not answer'
        return {
          ok: false,
          why: `No gateway at ${url} (${why}): start it with "coatcheck serve" and this configuration.`,
        }
      } finally {
        await agent.close()
      }
    },
  }
}

function whereItListens({ listen }: Config): string {
  const anywhere = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[listen.host]
  const named = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  // Which of its two addresses `localhost` is, the gateway has decided.
  const host = isLoopback(listen.host) && named === 'localhost' ? '127.0.0.1' : named
  return `http://${anywhere ?? host}:${listen.port}`
}

/** What the browsers of this gateway's origin would say of themselves, and no cookie. */
function headersFor({ publicOrigin }: Config, { token }: QaConfig): Record<string, string> {
  return {
    host: new URL(publicOrigin).host,
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
  }
}

function whyRefused(text: string, status: number, url: string): string {
  const { code, detail } = problemIn(text)
  if (code === 'not_found' && detail === undefined) {
    return `The gateway at ${url} runs without qa: start it again with this configuration.`
  }
  if (code === 'host_unknown') {
    return `What runs at ${url} serves another origin: start it again with this configuration.`
  }
  if (code === 'forbidden') return `The gateway at ${url} has another qa.token.`
  if (code === undefined) return `What answers at ${url} is no Coatcheck gateway (${status}).`
  return `${(detail ?? code).replace(/\.$/, '')}.`
}

function problemIn(text: string): { code?: string; detail?: string } {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null) return {}
    const { code, detail } = body as Record<string, unknown>
    return {
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof detail === 'string' ? { detail } : {}),
    }
  } catch {
    return {}
  }
}
