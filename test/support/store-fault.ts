// A store that fails when told to: refuses, hangs, is full, or loses its events without knowing.
import { type SessionStore, StoreUnreachableError } from '../../src/session/store.ts'

/** `refuse` and `hang`: everything. `full` and `stuck`: what writes is refused, or hangs. `deaf`: events get lost, and `provenAt` does not tell. */
export type Fault = 'none' | 'refuse' | 'hang' | 'full' | 'stuck' | 'deaf'

export interface FaultyStore {
  readonly store: SessionStore
  /** Assign to change it. */
  fault: Fault
  /** Calls that reached it, by name. */
  readonly calls: Map<string, number>
}

const READS: ReadonlySet<PropertyKey> = new Set(['get', 'list', 'count'])
const ALWAYS: ReadonlySet<PropertyKey> = new Set(['subscribe', 'close'])

export function faultyStore(inner: SessionStore): FaultyStore {
  const calls = new Map<string, number>()
  let fault: Fault = 'none'
  let provenAt = Infinity
  const store = new Proxy(inner, {
    get(target, property) {
      const value = Reflect.get(target, property)
      if (property === 'provenAt') return isAway(fault) ? provenAt : value
      if (property === 'subscribe') {
        return (topic: string, listener: (message: string) => void) =>
          target.subscribe(topic, (message) => fault === 'deaf' || listener(message))
      }
      if (typeof value !== 'function') return value
      if (ALWAYS.has(property)) return value.bind(target)
      return async (...args: unknown[]) => {
        calls.set(String(property), (calls.get(String(property)) ?? 0) + 1)
        if (fault === 'hang') return new Promise(() => {})
        if (fault === 'refuse') throw new StoreUnreachableError('Nobody is there')
        if (fault === 'stuck' && !READS.has(property)) return new Promise(() => {})
        if (fault === 'full' && !READS.has(property)) {
          throw new StoreUnreachableError('There is no space left')
        }
        return value.apply(target, args)
      }
    },
  })
  return {
    store,
    calls,
    get fault() {
      return fault
    },
    set fault(next) {
      if (isAway(next) && !isAway(fault)) provenAt = Math.min(Date.now(), inner.provenAt)
      fault = next
    },
  }
}

function isAway(fault: Fault): boolean {
  return fault === 'refuse' || fault === 'hang'
}
