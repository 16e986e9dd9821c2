// One request on a connection of its own, and what its answer tells besides: their clock, their certificate.
import { type RequestOptions, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../lib/clock.ts'

export interface Asked {
  readonly url: URL
  readonly method: 'GET' | 'OPTIONS'
  readonly headers?: Readonly<Record<string, string>>
  /** PEM, in place of the usual authorities. */
  readonly ca?: string | undefined
}

export type Heard =
  /** `ETIMEDOUT` where nothing came in time. */
  | { readonly kind: 'failed'; readonly code: string }
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: Readonly<Record<string, string | string[] | undefined>>
      readonly sentAt: number
      readonly receivedAt: number
      /** Whole days until the certificate is over. */
      readonly daysLeft: number | undefined
    }

const DAY_MS = 86_400_000

/** Never rejects; follows nothing, and reads no body. */
export function ask({ url, method, headers = {}, ca }: Asked, ms: number, clock: Clock) {
  return new Promise<Heard>((resolve) => {
    let sentAt = clock.now()
    const options: RequestOptions & { ca?: string } = {
      method,
      agent: false,
      headers: { 'user-agent': 'coatcheck-doctor', ...headers },
      ...(ca === undefined ? {} : { ca }),
    }
    const asking = url.protocol === 'https:' ? requestTls(url, options) : requestPlain(url, options)
    const fail = (code: string) => {
      cancel()
      resolve({ kind: 'failed', code })
      asking.destroy()
    }
    const cancel = clock.after(ms, () => fail('ETIMEDOUT'))
    asking.on('error', (error) => fail(codeOf(error)))
    asking.on('finish', () => {
      sentAt = clock.now()
    })
    asking.on('response', (response) => {
      cancel()
      const receivedAt = clock.now()
      const { statusCode: status = 0, headers, socket } = response
      const daysLeft = daysOf(socket instanceof TLSSocket ? socket : undefined, receivedAt)
      resolve({ kind: 'answered', status, headers, sentAt, receivedAt, daysLeft })
      asking.destroy()
    })
    asking.end()
  })
}

function daysOf(socket: TLSSocket | undefined, now: number): number | undefined {
  const end = socket && Date.parse(socket.getPeerCertificate().valid_to)
  return end === undefined || Number.isNaN(end) ? undefined : Math.floor((end - now) / DAY_MS)
}

/** Of several addresses that were tried, the first one's. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  if (!(error instanceof Error) || !('code' in error)) return 'UNKNOWN'
  return typeof error.code === 'string' ? error.code : 'UNKNOWN'
}
