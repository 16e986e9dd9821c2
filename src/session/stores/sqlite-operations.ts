// Everything the writing thread can be asked for: a call is a name of this table and its arguments after the time.
import type { Database } from 'better-sqlite3'
import { jobWrites } from './sqlite-jobs.ts'
import { lockWrites } from './sqlite-locks.ts'
import { sessionReads, sessionWrites } from './sqlite-sessions.ts'
import { upkeepWrites } from './sqlite-upkeep.ts'

export function createOperations(db: Database) {
  const upkeep = upkeepWrites(db)
  return {
    ...sessionReads(db),
    ...sessionWrites(db, upkeep.publish),
    ...lockWrites(db),
    ...jobWrites(db),
    ...upkeep,
  }
}

export type Operations = ReturnType<typeof createOperations>
export type OperationName = keyof Operations
export type OperationResult<Name extends OperationName> = ReturnType<Operations[Name]>
export type OperationArguments<Name extends OperationName> =
  Parameters<Operations[Name]> extends [now: number, ...rest: infer Rest] ? Rest : never

/** They change nothing, so they answer even where nothing can be written. */
export const readOnly: ReadonlySet<OperationName> = new Set(['get', 'list', 'count'])

/** What a power cut may take back: nobody counts on it after one. A process that is killed takes nothing back. */
export const passing: ReadonlySet<OperationName> = new Set([
  'touch',
  'lease',
  'renew',
  'release',
  'publish',
  'sweep',
  'ping',
])
