// The headers of a recorded request as they are sent again. Pure.
import type { RecordedCall } from './recorded-call.ts'

/** Written anew, or of the connection (RFC 9110, 7.6.1). Answers come plain, so that they can be read. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'accept-encoding',
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-coatcheck-session',
])

/** `target`: an origin. */
export function headersToSend(
  { headers, method }: Pick<RecordedCall, 'headers' | 'method'>,
  target: string,
): Record<string, string> {
  const sent: Record<string, string> = {}
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? ''
    const value = headers[at + 1] ?? ''
    if (NOT_SENT.has(name) || name.startsWith(':') || /\{\{[^}]+\}\}/.test(value)) continue
    sent[name] = name === 'origin' ? target : value
  }
  // What a page of the gateway's own would say.
  sent['sec-fetch-site'] ??= 'same-origin'
  if (method !== 'GET' && method !== 'HEAD') sent['x-csrf'] ??= '1'
  return sent
}
