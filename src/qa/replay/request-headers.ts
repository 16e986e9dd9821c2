// The headers of a recorded request as a browser at the target sends them. Pure.
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
  // What proxies say of who asks for what: a recording does not get to.
  'cf-connecting-ip',
  'forwarded',
  'true-client-ip',
  'via',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-host',
  'x-http-method-override',
  'x-original-host',
  'x-original-url',
  'x-real-ip',
  'x-rewrite-url',
])

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
/** RFC 9110, 5.5. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]{0,16384}$/

/** `target`: an origin. */
export function headersToSend(
  { headers, method }: Pick<RecordedCall, 'headers' | 'method'>,
  target: string,
): Record<string, string> {
  const sent: Record<string, string> = {}
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? ''
    const value = headers[at + 1] ?? ''
    if (!NAME.test(name) || !VALUE.test(value) || /\{\{[^{}]+\}\}/.test(value)) continue
    if (isTold(name)) sent[name] = value
    else if (name === 'sec-fetch-mode') Object.assign(sent, modeOf(value))
    else if (name === 'origin') sent.origin = target
    else if (name === 'referer' && URL.canParse(value)) sent.referer = refererOf(value, target)
  }
  // What a page of the gateway's own would say.
  sent['sec-fetch-site'] = 'same-origin'
  if (method !== 'GET' && method !== 'HEAD') sent['x-csrf'] ??= '1'
  return sent
}

function isTold(name: string): boolean {
  // Proxies and servers take these for the same.
  const plain = name.replaceAll(/[_.]/g, '-')
  if (/^(?:x-forwarded-|x-forwarded$|sec-fetch-|proxy-|referer$|origin$)/.test(plain)) return false
  return !NOT_SENT.has(plain)
}

function modeOf(recorded: string): Readonly<Record<string, string>> {
  return recorded === 'navigate'
    ? { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    : { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
}

function refererOf(recorded: string, target: string): string {
  const { pathname, search } = new URL(recorded)
  return target + (pathname.startsWith('/') ? pathname + search : '/')
}
