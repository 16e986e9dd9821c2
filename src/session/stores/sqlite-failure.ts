// What went wrong with the database, in one sentence and with its cause; the only place that reads SQLite's codes.
import { StoreUnreachableError } from '../store.ts'

/** An error in a form that crosses threads whole. */
export interface Failure {
  /** SQLite's or the system's name for it: `SQLITE_FULL`, `EACCES`; absent for any other error. */
  readonly code?: string
  readonly message: string
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error) }
  const { message } = error
  return 'code' in error ? { code: String(error.code), message } : { message }
}

/** True when somebody else holds the database and another try may succeed. */
export function isBusy({ code = '' }: Failure): boolean {
  return code.startsWith('SQLITE_BUSY') || code === 'SQLITE_PROTOCOL'
}

/** True when the disk has no room for what was to be written. */
export function isFull({ code = '' }: Failure): boolean {
  return code === 'SQLITE_FULL'
}

const problems = [
  ['SQLITE_FULL', 'has no space left on its disk'],
  ['SQLITE_READONLY', 'is on a disk that cannot be written'],
  ['SQLITE_BUSY', 'is locked by somebody else'],
  ['SQLITE_IOERR', 'is on a disk that fails'],
  ['SQLITE_CANTOPEN', 'cannot be opened'],
  ['SQLITE_CORRUPT', 'is damaged'],
] as const

export function unreachable(failure: Failure): StoreUnreachableError {
  const known = problems.find(([prefix]) => failure.code?.startsWith(prefix))
  const cause = Object.assign(new Error(failure.message), failure)
  return new StoreUnreachableError(`The session database ${known?.[1] ?? 'failed'}`, { cause })
}

/** Why `path` cannot be a session database, and what to do about it. */
export function refusal(path: string, failure: Failure): string {
  const { code = '', message } = failure
  const elsewhere = 'or set store.path to another file'
  if (code === 'SQLITE_NOTADB') return `${path} is not a database; move it away ${elsewhere}`
  if (code === 'SQLITE_CORRUPT') return `${path} is damaged; restore it from a backup ${elsewhere}`
  if (isBusy(failure)) return `${path} is locked by another program; stop that one ${elsewhere}`
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code.startsWith('SQLITE_IOERR')) {
    return `${path} is on a disk that is full or fails (${code}); free some space ${elsewhere}`
  }
  if (code === 'SQLITE_READONLY' || code === 'SQLITE_CANTOPEN' || /^E[A-Z]+$/.test(code)) {
    return `${path} cannot be read and written (${code}); let this user do both, ${elsewhere}`
  }
  return message
}
