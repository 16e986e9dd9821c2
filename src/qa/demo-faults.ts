// Makes the demo upstream fail on purpose, and holds calls back until told.
import type { ServerResponse } from 'node:http'

export type DemoFault =
  /** This status instead of the true answer. */
  | { readonly answer: number; readonly headers?: Readonly<Record<string, string>> }
  /** Silence: before the headers, or after half of the body. */
  | { readonly hang: 'head' | 'body' }
  /** A TCP reset: before the headers, or after half of the body. */
  | { readonly reset: 'head' | 'body' }

export interface Where {
  /** Exact, without a query; `*` = every path. */
  readonly path: string
  /** Absent = every method. */
  readonly method?: string
  /** How many calls it applies to; default: all. */
  readonly times?: number
}

export interface Hold {
  /** How many calls wait here. */
  readonly waiting: number
  /** Resolves when `count` calls (default 1) have come here in all. */
  arrived(count?: number): Promise<void>
  /** Lets all that wait go on, and holds nothing any more. */
  release(): void
}

export interface DemoFaults {
  /** The returned function heals it. */
  fault(where: Where, fault: DemoFault): () => void
  hold(where: Where): Hold
  /** Ends every fault and releases every hold. What hangs already stays hanging. */
  heal(): void
  /** Calls `next` at once where nothing stands in the way. */
  pass(method: string, path: string, next: () => void): void
  /** The fault that a call meets, spent by this call. */
  meet(method: string, path: string): DemoFault | undefined
}

export function createDemoFaults(): DemoFaults {
  const faults = new Set<{ where: Where; fault: DemoFault; left: number }>()
  const holds = new Set<OpenHold>()

  return {
    fault(where, fault) {
      const entry = { where, fault, left: where.times ?? Infinity }
      faults.add(entry)
      return () => void faults.delete(entry)
    },

    hold(where) {
      const hold = createHold(where, () => holds.delete(hold))
      holds.add(hold)
      return hold
    },

    heal() {
      faults.clear()
      for (const hold of holds) hold.release()
    },

    pass(method, path, next) {
      for (const hold of holds) if (hold.takes(method, path)) return hold.add(next)
      next()
    },

    meet(method, path) {
      for (const entry of faults) {
        if (!matches(entry.where, method, path)) continue
        if (--entry.left <= 0) faults.delete(entry)
        return entry.fault
      }
      return undefined
    },
  }
}

/** Answers with `fault`. Nothing else may be written to `response`. */
export function actOut(fault: DemoFault, response: ServerResponse): void {
  if ('answer' in fault) {
    const body = JSON.stringify({ message: 'This failure is on purpose.' })
    response.writeHead(fault.answer, { 'content-type': 'application/json', ...fault.headers })
    response.end(body)
    return
  }
  const fall = () => {
    if ('reset' in fault) response.socket?.resetAndDestroy()
  }
  if (('hang' in fault ? fault.hang : fault.reset) === 'head') {
    fall()
    return
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 64 })
  response.write('{"message": "half of a body', fall)
}

interface OpenHold extends Hold {
  takes(method: string, path: string): boolean
  add(next: () => void): void
}

function createHold(where: Where, onRelease: () => void): OpenHold {
  const queue: Array<() => void> = []
  const watchers: Array<{ count: number; tell: () => void }> = []
  let came = 0
  return {
    takes: (method, path) => came < (where.times ?? Infinity) && matches(where, method, path),
    add(next) {
      queue.push(next)
      came++
      for (const { count, tell } of watchers) if (came >= count) tell()
    },
    arrived(count = 1) {
      const { promise, resolve } = Promise.withResolvers<void>()
      watchers.push({ count, tell: resolve })
      if (came >= count) resolve()
      return promise
    },
    release() {
      onRelease()
      for (const next of queue.splice(0)) next()
    },
    get waiting() {
      return queue.length
    },
  }
}

function matches(where: Where, method: string, path: string): boolean {
  if (where.method !== undefined && where.method !== method) return false
  return where.path === '*' || where.path === path
}
