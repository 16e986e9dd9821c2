// The QA bench of a gateway that runs, as commands call it: everything that goes wrong is one sentence with its mend.
import { Agent, request } from 'undici'
import { type Clock, systemClock } from '../lib/clock.ts'
import type { Secret } from '../lib/secret.ts'
import { type NoAnswer, whyNone } from '../qa/leaks/wire.ts'
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

/** For a whole answer. */
const LIMIT_MS = 10_000
/** Far more than any answer of a gateway has. */
const MOST_BYTES = 1_048_576

export function benchCaller(place: BenchPlace, clock: Clock = systemClock): BenchCaller {
  async function call<Body>(
    method: 'GET' | 'POST',
    path: string,
    isBody: IsBody<Body>,
    fields?: object,
  ): Promise<BenchAnswer<Body>> {
    const failed = (why: string, asked = false) => ({ ok: false, why, asked }) as const
    const agent = new Agent()
    const leaving = new AbortController()
    const stop = clock.after(LIMIT_MS, () => leaving.abort())
    try {
      const answer = await request(`${place.at}${path}`, {
        method,
        headers: headersFor(place, fields !== undefined),
        body: fields === undefined ? null : JSON.stringify(fields),
        dispatcher: agent,
        signal: leaving.signal,
      })
      const text = await textOf(answer.body)
      if (text === undefined) return failed(stranger(place, 'more than 1 MiB'))
      if (answer.statusCode < 300) {
        const body: unknown = readJson(text)
        if (isBody(body)) return { ok: true, body }
        return failed(stranger(place, body === undefined ? 'no JSON' : 'other JSON'))
      }
      return failed(whyRefused(text, answer.statusCode, place), isAboutAsked(text))
    } catch (error) {
      return failed(unanswered(place, whyNone(error, leaving.signal.aborted)))
    } finally {
      stop()
      await agent.destroy()
    }
  }
  return {
    get: (path, isBody) => call('GET', path, isBody),
    post: (path, fields, isBody) => call('POST', path, isBody, fields),
  }
}

/** Undefined where there is too much of it. */
async function textOf(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MOST_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function unanswered({ at, mend }: BenchPlace, why: NoAnswer): string {
  if (why === 'untrusted') {
    return `The certificate of ${at} is not trusted, or is for another name: set NODE_EXTRA_CA_CERTS to a file with it, or with that of who issued it.`
  }
  return `No gateway at ${at} (${WHY[why]}): ${mend.absent}.`
}

const WHY = {
  refused: 'nobody listens there',
  'unknown-host': 'its host name is not known',
  cut: 'it hung up without an answer',
  late: `it did not answer within ${LIMIT_MS / 1000} seconds`,
  'not-http': 'it speaks something else',
  'large-headers': 'its headers are too large',
  nothing: 'it did not answer',
} as const satisfies Record<Exclude<NoAnswer, 'untrusted'>, string>

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
