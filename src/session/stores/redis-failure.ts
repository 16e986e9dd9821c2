// What went wrong with Redis, in one sentence and with its cause; the only place that reads its error words.
import type { RedisStoreConfig } from '../../config/config.ts'
import { StoreUnreachableError } from '../store.ts'
import { StoreLostError } from './lost.ts'

/** The command was never written: asking again cannot do a thing twice. */
export class NotSentError extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause })
    this.name = 'NotSentError'
  }
}

/** Nothing can be written to anybody: there is no line, and the last attempt at one failed. */
export class LineDownError extends NotSentError {}

/** No answer in time; whatever is still on that connection is not to be read. */
export class TimeoutError extends Error {
  readonly code = 'ETIMEDOUT'
  constructor(ms: number) {
    super(`no answer within ${ms} ms`)
    this.name = 'TimeoutError'
  }
}

/** A reply that answers another call, or a record of another key: the connection has lost its place. */
export class ReplyMismatchError extends Error {
  readonly code = 'REPLY_MISMATCH'
  constructor() {
    super('Redis gave an answer that belongs to another question; the connection was dropped')
    this.name = 'ReplyMismatchError'
  }
}

const troubles: readonly (readonly [begin: string, what: string])[] = [
  ['OOM', 'is full'],
  ['READONLY', 'is a replica, which takes no writes'],
  ['MISCONF', 'cannot write to its disk'],
  ['NOREPLICAS', 'has too few replicas in reach to take writes'],
  ['LOADING', 'is still reading its data'],
  ['MASTERDOWN', 'has lost its master'],
  ['CLUSTERDOWN', 'is a cluster that does not serve all its slots'],
  ['TRYAGAIN', 'is moving these keys'],
  ['BUSY', 'is busy with a script'],
  ['ERR max number of clients', 'has no connection left'],
]

/** `begun`: an earlier try of the same call may have got through. */
export function unreachable(error: unknown, begun = false): StoreUnreachableError {
  if (error instanceof StoreUnreachableError) return error
  const text = messageOf(error)
  const known = troubles.find(([begin]) => text.startsWith(begin))
  const words = `Redis ${known?.[1] ?? 'cannot be reached'}`
  const cause = plainCause(error)
  if (error instanceof LineDownError) return new StoreLostError(words, { cause, begun })
  return new StoreUnreachableError(words, { cause })
}

/** ioredis hangs the whole command on its errors, arguments and all, the password of AUTH included. */
function plainCause(error: unknown): Error {
  const code = wordOf(error)
  return Object.assign(new Error(messageOf(error)), code === undefined ? {} : { code })
}

/** One word for the log. */
function wordOf(error: unknown): string | undefined {
  const text = messageOf(error)
  const word = codeOf(error) ?? /^[A-Z]{3,}(?= )/.exec(text)?.[0]
  if (word !== undefined) return word
  if (error instanceof NotSentError) return wordOf(error.cause)
  return text.startsWith('Connection is closed') ? 'CONNECTION_CLOSED' : undefined
}

/** True when a fresh connection may lead to somebody who takes writes. */
export function isDemoted(error: unknown): boolean {
  return /^(READONLY|MASTERDOWN)/.test(messageOf(error))
}

export function isUnknownScript(error: unknown): boolean {
  return messageOf(error).startsWith('NOSCRIPT')
}

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const TLS_MENDS =
  'set store.tls (or COATCHECK_REDIS_TLS) to the file of its certificate authority, or, where there is none to be had (Heroku), to unverified'

/** Why `place` cannot be the session store, and what to do about it: never a password. */
export function refusal(place: RedisStoreConfig, error: unknown): string {
  const where = `Redis at ${namesOf(place)}`
  const text = messageOf(error)
  const code = codeOf(error) ?? ''
  if (isCertificate(code)) {
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
      return `${where} shows a certificate for another name: use the name it was made for, or set store.tls to unverified`
    }
    if (code === 'CERT_HAS_EXPIRED') {
      return `${where} shows a certificate that has expired: renew it, or set store.tls to unverified`
    }
    return `${where} shows a certificate that no known authority signed: ${TLS_MENDS}`
  }
  if (/^(WRONGPASS|NOAUTH|ERR (AUTH|invalid (username|password)))/.test(text)) {
    return `${where} refuses the ${text.startsWith('NOAUTH') ? 'sign-in without a password' : 'user name or password'}: write them into the URL as redis://user:password@host`
  }
  if (/DB index|SELECT is not allowed/i.test(text)) {
    return `${where} has no database ${place.db}: choose another number at the end of the URL, or leave it out`
  }
  if (/cluster support disabled/.test(text)) {
    return `${where} is no cluster: write redis:// instead of redis+cluster://`
  }
  if (text.startsWith('NOPERM')) {
    return `${where} does not let this user do what sessions need (${text}): allow it +@all on the keys and channels ~${place.prefix}* and &${place.prefix}*`
  }
  if (text.startsWith('ERR max number of clients')) {
    return `${where} has no connection left: raise its maxclients, or run fewer processes`
  }
  if (code === 'ECONNREFUSED')
    return `${where} refuses connections: start it, or mend host and port`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `${where} is a name that nobody knows: mend the host in the URL`
  }
  if (place.mode === 'sentinel' && /sentinel/i.test(text)) {
    return `No sentinel at ${namesOf(place)} knows a master named ${place.master}: mend the name at the end of the URL, or start them`
  }
  if (
    /Protocol error|RESP type|ERR_SSL|EPROTO|wrong version number|unexpected first byte|packet length/i.test(
      `${text} ${code}`,
    )
  ) {
    return place.tls === undefined
      ? `${where} does not speak Redis: mend host and port`
      : `${where} does not speak TLS: write redis:// instead of rediss://, or mend the port`
  }
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    const other = place.tls === undefined ? '' : ', or write redis:// where it has no TLS'
    return `${where} does not answer: mend host and port, open the way to it${other}`
  }
  if (/Connection is closed|ECONNRESET|EPIPE/.test(`${text} ${code}`)) {
    const scheme =
      place.tls === undefined ? 'rediss:// where it wants TLS' : 'redis:// where it wants none'
    return `${where} closes the connection without a word: mend host and port, or write ${scheme}`
  }
  if (/^[A-Z]+ /.test(text) || troubles.some(([begin]) => text.startsWith(begin))) {
    return `${where} ${troubles.find(([begin]) => text.startsWith(begin))?.[1] ?? `refuses: ${text}`}`
  }
  return text.startsWith('Redis') ? text : `${where} cannot be used: ${text}`
}

export function namesOf({ nodes }: RedisStoreConfig): string {
  return nodes
    .map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
    .join(', ')
}

function isCertificate(code: string): boolean {
  return /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME_INVALID)/.test(
    code,
  )
}
