// Requests to the gateway of a test, as a page of its own origin would send them, whatever that origin is called.
import { Pool } from 'undici'
import type { Secret } from '../lib/secret.ts'

/** Whatever JSON.parse makes of it: tests look into it freely. */
type Json = ReturnType<typeof JSON.parse>

export interface TestRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Sent as JSON; POST where no method is named. */
  readonly json?: unknown
}

/** An answer, read to its end. */
export interface TestAnswer {
  readonly status: number
  /** The gateway's own problem code; undefined where the upstream answered. */
  readonly problem: string | undefined
  readonly headers: Headers
  readonly text: string
  json(): Json
}

export interface Asker {
  send(path: string, request?: TestRequest): Promise<TestAnswer>
  /** An endpoint of the QA bench. Rejects with what is wrong, in its own words. */
  bench<Body>(path: string, fields: object): Promise<Body>
  close(): Promise<void>
}

export interface AskerOptions {
  /** Where the gateway listens. */
  readonly at: string
  /** What browsers see. */
  readonly origin: string
  readonly token: Secret | undefined
}

const OWN_PAGE = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'x-csrf': '1' }

export function createAsker({ at, origin, token }: AskerOptions): Asker {
  const { host } = new URL(origin)
  const { port } = new URL(at)
  const pool = new Pool(`http://127.0.0.1:${port}`)

  async function send(path: string, request: TestRequest = {}): Promise<TestAnswer> {
    const { json } = request
    const body = json === undefined ? request.body : JSON.stringify(json)
    const type = json === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await pool.request({
      path,
      method: (request.method ?? (json === undefined ? 'GET' : 'POST')) as 'GET',
      headers: { host, ...OWN_PAGE, ...type, ...request.headers },
      body: body ?? null,
    })
    const text = await answer.body.text()
    const headers = new Headers()
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const one of [value ?? []].flat()) headers.append(name, one)
    }
    return {
      status: answer.statusCode,
      problem: headers.get('coatcheck-problem') ?? undefined,
      headers,
      text,
      json: () => JSON.parse(text),
    }
  }

  return {
    send,
    async bench<Body>(path: string, fields: object): Promise<Body> {
      const authorization = token ? { authorization: `Bearer ${token.reveal()}` } : {}
      const answer = await send(path, { json: fields, headers: authorization })
      const body = answer.json()
      if (answer.status < 300) return body
      throw new Error(String(body.detail ?? body.title))
    },
    close: () => pool.close(),
  }
}
