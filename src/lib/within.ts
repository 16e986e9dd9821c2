// Synchronous work whose time nobody can foresee gets so much of it, and no more.
import { createContext, Script } from 'node:vm'

export type Timed<Result> =
  | { readonly inTime: true; readonly value: Result }
  | { readonly inTime: false }

/** `work` must leave nothing half done wherever it is ended; what it throws is thrown. `ms`: 1 at least. */
export type Within = <Result>(ms: number, work: () => Result) => Timed<Result>

/** Not for work within work. About 0.1 ms for each call. */
export function createWithin(): Within {
  const room: { work?: (() => unknown) | undefined } = { work: undefined }
  const context = createContext(room)
  const script = new Script('work()')
  return <Result>(ms: number, work: () => Result) => {
    room.work = work
    try {
      const value = script.runInContext(context, { timeout: ms }) as Result
      return { inTime: true, value }
    } catch (error) {
      if (isTimeUp(error)) return { inTime: false }
      throw error
    } finally {
      room.work = undefined
    }
  }
}

/** Of the other context: none of this one's classes. */
function isTimeUp(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false
  return error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}
