// Many calls, one transaction, one fsync. Each call succeeds or fails for itself, and nothing is told before it is kept.
import type { Database } from 'better-sqlite3'
import { type Failure, failureOf, isFull } from './sqlite-failure.ts'
import { createOperations, type OperationName, passing, readOnly } from './sqlite-operations.ts'
import { patiently } from './sqlite-patience.ts'

export interface Call {
  readonly name: OperationName
  /** What the operation takes after the time. */
  readonly args: readonly unknown[]
}

export interface Batch {
  /** Epoch ms: the one time for all of it. */
  readonly now: number
  readonly calls: readonly Call[]
}

export type Outcome = { readonly value: unknown } | { readonly failure: Failure }

/** Runs batches; one outcome for each call, in order. Never throws. */
export function createBatchRunner(db: Database): (batch: Batch) => Outcome[] {
  // Where a call is made its name and arguments are checked against each other.
  const operations = createOperations(db) as unknown as Record<
    OperationName,
    (now: number, ...args: readonly unknown[]) => unknown
  >
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const rollback = db.prepare('ROLLBACK')
  const savepoint = db.prepare('SAVEPOINT call')
  const release = db.prepare('RELEASE call')
  const rollbackToSavepoint = db.prepare('ROLLBACK TO call')
  let synchronous = ''

  function syncAs(level: 'FULL' | 'NORMAL') {
    if (synchronous === level) return
    db.pragma(`synchronous = ${level}`)
    synchronous = level
  }

  function alone(now: number, { name, args }: Call, withinBatch: boolean): Outcome {
    try {
      return { value: operations[name](now, ...args) }
    } catch (error) {
      // Some failures undo the whole transaction by themselves.
      if (withinBatch && !db.inTransaction) throw error
      return { failure: failureOf(error) }
    }
  }

  function undoable(now: number, call: Call): Outcome {
    savepoint.run()
    const outcome = alone(now, call, true)
    if ('failure' in outcome) rollbackToSavepoint.run()
    release.run()
    return outcome
  }

  function write(now: number, calls: readonly Call[]): Outcome[] {
    if (calls.length === 0) return []
    try {
      syncAs(calls.every(({ name }) => passing.has(name)) ? 'NORMAL' : 'FULL')
      patiently(() => begin.run())
      const outcomes = calls.map((call) => undoable(now, call))
      commit.run()
      return outcomes
    } catch (error) {
      if (db.inTransaction) rollback.run()
      const failure = failureOf(error)
      // One call may have wanted all the room there was: the others are asked again without it.
      if (isFull(failure) && calls.length > 1) return calls.flatMap((call) => write(now, [call]))
      return calls.map(() => ({ failure }))
    }
  }

  return ({ now, calls }) => {
    const written = write(
      now,
      calls.filter(({ name }) => !readOnly.has(name)),
    )
    let next = 0
    return calls.flatMap((call) =>
      readOnly.has(call.name) ? alone(now, call, false) : (written[next++] ?? []),
    )
  }
}
