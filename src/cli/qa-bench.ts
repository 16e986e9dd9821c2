// The QA bench of a gateway that runs, as commands call it: everything that goes wrong is one sentence with its mend.
import { Agent, request } from 'undici'
import type { Secret } from '../lib/secret.ts'
import { saidIn } from './qa-said.ts'

export type BenchAnswer<Body> =
  | { readonly ok: true; readonly body: Body }
  /** `why`: what is wrong and how to mend it. */
  | { readonly ok: false; readonly why: string }

export interface BenchCaller {
  get<Body>(path: string): Promise<BenchAnswer<Body>>
  post<Body>(path: string, fields: object): Promise<BenchAnswer<Body>>
}

export interface BenchPlace {
  /** Origin to connect to. */
  readonly at: string
  /** As its browsers write it: the Host header. */
  readonly host: string
  readonly token: Secret | undefined
  readonly mend: BenchMend
}

/** The ends of the sentences that are told, by what is wrong. */
export interface BenchMend {
  readonly absent: string
  readonly off: string
  readonly otherOrigin: string
  readonly otherToken: string
}

export function benchCaller(place: BenchPlace): BenchCaller {
  async function call<Body>(
    method: 'GET' | 'POST',
    path: string,
    fields?: object,
  ): Promise<BenchAnswer<Body>> {
    const agent = new Agent()
    try {
      const answer = await request(`${place.at}${path}`, {
        method,
        headers: headersFor(place, fields !== undefined),
        body: fields === undefined ? null : JSON.stringify(fields),
        dispatcher: agent,
      })
      const text = await answer.body.text()
      if (answer.statusCode < 300) return { ok: true, body: JSON.parse(text) as Body }
      return { ok: false, why: whyRefused(text, answer.statusCode, place) }
    } catch (error) {
      if (error instanceof SyntaxError) return { ok: false, why: stranger(place, 'no JSON') }
      const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
      const why = refused ? 'nobody listens there' : 'it did not answer'
      return { ok: false, why: `No gateway at ${place.at} (${why}): ${place.mend.absent}.` }
    } finally {
      await agent.close()
    }
  }
  return { get: (path) => call('GET', path), post: (path, fields) => call('POST', path, fields) }
}

/** What a program says of itself: no origin, and no cookie. */
function headersFor({ host, token }: BenchPlace, hasBody: boolean): Record<string, string> {
  return {
    host,
    accept: 'application/json',
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
  }
}

function whyRefused(text: string, status: number, place: BenchPlace): string {
  const { at, mend } = place
  const { code, words } = saidIn(text)
  if (code === undefined) return stranger(place, String(status))
  if (code === 'not_found' && words === undefined) {
    return `The gateway at ${at} runs without qa: ${mend.off}.`
  }
  if (code === 'host_unknown') {
    return `What runs at ${at} serves another origin: ${mend.otherOrigin}${words ? ` (${words})` : ''}.`
  }
  if (code === 'forbidden') return `The gateway at ${at} has another qa.token: ${mend.otherToken}.`
  return `${words ?? code}.`
}

function stranger({ at }: BenchPlace, answered: string): string {
  return `What answers at ${at} is no Coatcheck gateway with qa (${answered}).`
}
