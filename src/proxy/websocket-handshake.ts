// What a browser's side of a WebSocket handshake has to be (RFC 6455, 4.2.1). Pure.
import type { IncomingMessage } from 'node:http'
import type { ProblemOptions } from '../errors.ts'

const KEY = /^[+/0-9A-Za-z]{22}==$/
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const MOST_PROTOCOLS = 32

/** A request for a WebSocket, well formed or not; whatever else wants to be upgraded is a plain request. */
export function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  const { upgrade, 'content-length': length, 'transfer-encoding': coding } = headers
  const bodiless = coding === undefined && (length === undefined || /^0+$/.test(length))
  return method === 'GET' && bodiless && upgrade?.toLowerCase() === 'websocket'
}

/** Undefined when it is in order. */
export function handshakeFault(req: IncomingMessage): ProblemOptions | undefined {
  const { 'sec-websocket-version': version, 'sec-websocket-key': key } = req.headers
  if (version !== '13') {
    const headers = { 'sec-websocket-version': '13', connection: 'close' }
    return { status: 426, detail: 'Version 13 of WebSockets is spoken here', headers }
  }
  if (key === undefined || !KEY.test(key)) return { detail: 'A WebSocket has one key' }
  if (!protocolsOf(req)) return { detail: 'Subprotocols are tokens, each offered once' }
  return undefined
}

/** The subprotocols that are offered, in order; undefined where they cannot be read. */
export function protocolsOf({ headers }: IncomingMessage): string[] | undefined {
  const offered = headers['sec-websocket-protocol']
  if (offered === undefined) return []
  const names = offered.split(',').map((name) => name.replace(/^[ \t]+|[ \t]+$/g, ''))
  const fine = names.length <= MOST_PROTOCOLS && names.every((name) => TOKEN.test(name))
  return fine && new Set(names).size === names.length ? names : undefined
}

/** `flat` as `ws` takes it; names that differ in case only come together. */
export function headersByName(flat: readonly string[]): Record<string, string | string[]> {
  const headers = new Map<string, { name: string; values: string[] }>()
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = flat[i] as string
    const value = flat[i + 1] as string
    const known = headers.get(name.toLowerCase())
    if (known) known.values.push(value)
    else headers.set(name.toLowerCase(), { name, values: [value] })
  }
  // Not assigned one by one: `__proto__` is a name like any other.
  return Object.fromEntries([...headers.values()].map(({ name, values }) => [name, values]))
}
