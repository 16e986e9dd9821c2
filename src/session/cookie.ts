// The cookie: one ticket sealed by @fastify/secure-session, spelled so that it needs no quoting and never varies
// in length. What it cannot read is no ticket; nothing here ever clears a cookie by itself.
import secureSession from '@fastify/secure-session'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { parseTicket, type Ticket } from './ticket.ts'

export interface OpenedCookie {
  readonly ticket: Ticket
  /** Sealed with an older key: worth issuing anew. */
  readonly underOldKey: boolean
}

export interface CookieCodec {
  seal(ticket: Ticket): string
  /** `undefined` for everything that was not sealed by one of our keys, in exactly the spelling we wrote. */
  open(value: string): OpenedCookie | undefined
}

// The store decides how long a session lives; the cookie's own date must never be the first to say no.
const NEVER_SECONDS = 10 * 365 * 24 * 60 * 60
const FIELD = 't'
const VALUE = /^([A-Za-z0-9_-]{150,190})\.([A-Za-z0-9_-]{32})$/

/** `keys`: 32 bytes each; the first seals, all open. The plug-in's hooks stay in a scope without routes. */
export async function createCookieCodec(
  app: FastifyInstance,
  keys: readonly Buffer[],
): Promise<CookieCodec> {
  const scopes: FastifyInstance[] = []
  await app.register(async (inner) => {
    await inner.register(secureSession, { key: [...keys], expiry: NEVER_SECONDS })
    scopes.push(inner)
  })
  const [scope] = scopes
  if (!scope) throw new Error('@fastify/secure-session did not load')
  return {
    seal(ticket) {
      const [cipher = '', nonce = ''] = scope
        .encodeSecureSession(scope.createSecureSession({ [FIELD]: ticket.text }))
        .split(';')
      return `${respell(cipher, 'base64', 'base64url')}.${respell(nonce, 'base64', 'base64url')}`
    },
    open(value) {
      const match = VALUE.exec(value)
      if (!match) return undefined
      const [, cipher = '', nonce = ''] = match
      // Base64 has spare bits at its end; only the one spelling we write is ours.
      if (respell(cipher, 'base64url', 'base64url') !== cipher) return undefined
      const session = scope.decodeSecureSession(`${cipher};${nonce}`, silentLog)
      const text = session?.get(FIELD)
      const ticket = typeof text === 'string' ? parseTicket(text) : undefined
      return ticket && { ticket, underOldKey: session?.changed === true }
    },
  }
}

function respell(text: string, from: BufferEncoding, to: BufferEncoding): string {
  return Buffer.from(text, from).toString(to)
}

const nothing = () => undefined
// A forged cookie is counted by whoever asked; it is not worth a log line each.
const silentLog = {
  level: 'silent',
  silent: nothing,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => silentLog,
} as unknown as FastifyBaseLogger
