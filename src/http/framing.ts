// What no request may be, however well it parses (RFC 9110, RFC 9112). Pure.
import type { IncomingMessage } from 'node:http'
import type { ProblemOptions } from '../errors.ts'

const METHODS: ReadonlySet<string | undefined> = new Set([
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
])

/** What a request is refused with before anybody looks at what it asks for; undefined when it is in order. */
export function messageFault(req: IncomingMessage): ProblemOptions | undefined {
  const { headers, httpVersionMajor, httpVersionMinor, method } = req
  if (httpVersionMajor !== 1) return refusal(505, 'Only HTTP/1.1 is spoken here')
  const { host, 'transfer-encoding': coding } = headers
  if (host === undefined ? httpVersionMinor > 0 : /[\s,@/?#\\]/.test(host)) {
    return refusal(400, 'A request names one host')
  }
  if (coding !== undefined) {
    // HTTP/1.0 knows no codings: whoever sent this may see its end elsewhere (RFC 9112, 6.1).
    if (httpVersionMinor === 0) return refusal(400, 'HTTP/1.0 knows no transfer codings')
    if (coding.toLowerCase() !== 'chunked') return refusal(501, 'Only chunked bodies are read')
  }
  // Whoever sent Max-Forwards: 0 asks what is here, not behind it (RFC 9110, 7.6.2).
  const asksHere = method === 'OPTIONS' && headers['max-forwards'] === '0'
  if (METHODS.has(method) && !asksHere) return undefined
  const allow = [...METHODS].join(', ')
  return { status: 405, headers: { allow } }
}

function refusal(status: number, detail: string): ProblemOptions {
  return { status, detail, headers: { connection: 'close' } }
}
