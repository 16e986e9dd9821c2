// Asks the operators' listener of the gateway that runs, as the configuration says where it is.
import { request } from 'undici'
import type { Config } from '../config/config.ts'
import { connectingHost } from '../lib/listening-host.ts'
import { isJsonObject, readJson } from '../tokens/json.ts'

export type Called<T> =
  | { readonly kind: 'answered'; readonly body: T }
  /** One sentence: place, problem, mend. */
  | { readonly kind: 'failed'; readonly why: string }

export interface OperatorsCaller {
  get<T>(path: string): Promise<Called<T>>
  post<T>(path: string, body: object): Promise<Called<T>>
}

/** Longer than the gateway itself allows a store that ends very many sessions. */
const PATIENCE_MS = 40_000

/** `origin`: in place of the configured one. A sentence where there is no way to know whom to ask. */
export function operatorsCaller(config: Config, origin?: string): OperatorsCaller | string {
  const { operators, source } = config
  if (!operators) {
    return `${source}: operators is false, so nobody can ask this gateway: leave the setting out, and restart it`
  }
  const { token } = operators
  if (origin === undefined && operators.port === 0) {
    return `${source}: operators.port is 0: say with --url where the gateway's summary shows operators`
  }
  const base = origin ?? `http://${connectingHost(operators.host)}:${operators.port}`

  async function call<T>(path: string, body?: object): Promise<Called<T>> {
    const failed = (problem: string) => ({ kind: 'failed', why: `${base} ${problem}` }) as const
    try {
      const answer = await request(base + path, {
        method: body ? 'POST' : 'GET',
        headers: {
          ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        body: body ? JSON.stringify(body) : null,
        headersTimeout: PATIENCE_MS,
        bodyTimeout: PATIENCE_MS,
      })
      const { statusCode: status, headers } = answer
      const read = readJson(await answer.body.text())
      if (status === 401) return failed(REFUSED)
      const problem = headers['coatcheck-problem']
      if (problem !== undefined) return failed(`answers ${status}: ${detailOf(read, `${problem}`)}`)
      if (status !== 200 || !isJsonObject(read)) return failed(STRANGER)
      return { kind: 'answered', body: read as T }
    } catch (error) {
      if (codeOf(error) === 'UND_ERR_HEADERS_TIMEOUT')
        return failed('does not answer: look at its log')
      return failed(ABSENT)
    }
  }
  return { get: (path) => call(path), post: call }
}

const ABSENT =
  'cannot be reached: start the gateway, or ask with the configuration that it runs on (--config, --env-file)'
const REFUSED = "refuses the operators' token: operators.token is not that of the running gateway"
const STRANGER =
  "is not the operators' listener of a Coatcheck of this version: mend operators.port"

function detailOf(body: unknown, otherwise: string): string {
  return isJsonObject(body) && typeof body.detail === 'string' ? body.detail : otherwise
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
