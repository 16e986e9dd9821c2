// The QA bench of a gateway that runs, as commands call it: everything that goes wrong is one sentence with its mend.
import { Agent, request } from 'undici'
import type { Secret } from '../lib/secret.ts'
import { readJson } from '../tokens/json.ts'
import { saidIn } from './qa-said.ts'

export type BenchAnswer<Body> =
  | { readonly ok: true; readonly body: Body }
  /** `why`: what is wrong and how to mend it; `asked`: it is what was asked for. */
  | { readonly ok: false; readonly why: string; readonly asked: boolean }

type IsBody<Body> = (body: unknown) => body is Body

/** `isBody`: whether what came is what a gateway would answer, as far as it is read. */
export interface BenchCaller {
  get<Body>(path: string, isBody: IsBody<Body>): Promise<BenchAnswer<Body>>
  post<Body>(path: string, fields: object, isBody: IsBody<Body>): Promise<BenchAnswer<Body>>
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
    isBody: IsBody<Body>,
    fields?: object,
  ): Promise<BenchAnswer<Body>> {
    const failed = (why: string, asked = false) => ({ ok: false, why, asked }) as const
    const agent = new Agent()
    try {
      const answer = await request(`${place.at}${path}`, {
        method,
        headers: headersFor(place, fields !== undefined),
        body: fields === undefined ? null : JSON.stringify(fields),
        dispatcher: agent,
      })
      const text = await answer.body.text()
      if (answer.statusCode < 300) {
        const body: unknown = readJson(text)
        if (isBody(body)) return { ok: true, body }
        return failed(stranger(place, body === undefined ? 'no JSON' : 'other JSON'))
      }
      return failed(whyRefused(text, answer.statusCode, place), isAboutAsked(text))
    } catch (error) {
      const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
      const why = refused ? 'nobody listens there' : 'it did not answer'
      return failed(`No gateway at ${place.at} (${why}): ${place.mend.absent}.`)
    } finally {
      await agent.close()
    }
  }
  return {
    get: (path, isBody) => call('GET', path, isBody),
    post: (path, fields, isBody) => call('POST', path, isBody, fields),
  }
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

/** An unknown persona, state or host, and the like. */
function isAboutAsked(text: string): boolean {
  const { code, words } = saidIn(text)
  return code === 'bad_request' || (code === 'not_found' && words !== undefined)
}

function stranger({ at }: BenchPlace, answered: string): string {
  return `What answers at ${at} is no Coatcheck gateway with qa (${answered}).`
}
