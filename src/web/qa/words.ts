// What this page calls things. Pure.
import type { LastCall, SessionState } from './answers.ts'

/** `look`: how the pill is drawn. */
export interface Pill {
  readonly look: 'pending' | 'active' | 'idle' | 'ended' | 'absent'
  readonly word: string
  /** More of it, in a few words. */
  readonly why?: string
}

const REASONS: Readonly<Record<string, string>> = {
  replaced: 'Signed in anew',
  revoked: 'Ended from elsewhere',
  refresh_refused: 'The upstream did not renew its token',
  token_expired: 'Its token expired',
  upstream_refused: 'The upstream refused its token',
  owner_changed: 'Renewed for somebody else',
  leak_prevented: 'Stopped: somebody else’s data',
}

export function pillOf(session: SessionState | null): Pill {
  if (!session) return { look: 'absent', word: 'absent', why: 'No session yet' }
  const { state, reason } = session
  if (state === 'absent') return { look: 'absent', word: 'absent', why: 'Its time was over' }
  if (state !== 'ended') return { look: state, word: state }
  if (reason === 'signed_out') return { look: 'ended', word: 'signed out' }
  const why = reason === undefined ? undefined : (REASONS[reason] ?? reason)
  return { look: 'ended', word: 'ended', ...(why === undefined ? {} : { why }) }
}

/** What was done to it, where its own state does not say so. */
export function putText({ state, put }: SessionState): string | undefined {
  return put === undefined || put === state ? undefined : `put: ${put.replaceAll('-', ' ')}`
}

/** States that a session can be put into, in the words of the bench. */
export const STATES = [
  ['fresh', 'as after a sign-in'],
  ['access-expired', 'its token has expired'],
  ['refresh-expired', 'and cannot be renewed'],
  ['revoked-upstream', 'the upstream refuses its token'],
  ['idle', 'too long without activity'],
  ['ending', 'one minute left'],
] as const

export const STEPS = [
  ['1 minute', { by: '1m' }],
  ['11 minutes', { by: '11m' }],
  ['to token expiry', { to: 'token' }],
  ['to idle', { to: 'idle' }],
  ['to its end', { to: 'end' }],
] as const

/** `4:07`, `2 h 05 m`, `6 d 23 h`. */
export function leftText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`
  if (hours >= 1) return `${hours} h ${two(minutes % 60)} m`
  return `${minutes}:${two(seconds % 60)}`
}

/** As a person would say it, for whoever listens. */
export function leftWords(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000))
  if (ms <= 0) return 'over'
  if (minutes < 2) return `${Math.ceil(ms / 1000)} seconds`
  if (minutes < 120) return `${minutes} minutes`
  return `${Math.round(minutes / 60)} hours`
}

export function agoText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 2) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`
}

/** `1 m`, `11 m`, `42 s`. */
export function movedText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} m` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`
}

export function statusText({ status, problem }: Pick<LastCall, 'status' | 'problem'>): string {
  const said = status === 0 ? 'no answer' : String(status)
  return problem === undefined ? said : `${said} ${problem}`
}

export function count(many: number, one: string, several = `${one}s`): string {
  return `${many} ${many === 1 ? one : several}`
}

/** The last part of a path, whatever system wrote it. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

export function initialOf(name: string): string {
  return name.slice(0, 1).toUpperCase()
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}
