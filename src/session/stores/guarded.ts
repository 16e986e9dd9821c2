// Any store, never waited for in vain: each call has its deadline, and a store that keeps people waiting is asked by one
// probe instead of everybody. Reading and writing fail apart, so that a full disk keeps nobody from a session that is there.
import { type Circuit, createCircuit } from '../../lib/circuit.ts'
import type { Clock } from '../../lib/clock.ts'
import { createPatience } from '../../lib/patience.ts'
import type { StoreKey } from '../session.ts'
import { type Lease, type SessionStore, StoreUnreachableError } from '../store.ts'
import { StoreLostError } from './lost.ts'
import { createTeller, type StoreGuardEvents } from './outage-teller.ts'

export interface GuardOptions {
  readonly clock: Clock
  /** The longest that a call may take. */
  readonly timeoutMs: number
  readonly events: StoreGuardEvents
}

const FAILURES = 3
const PROBE_EVERY_MS = 250
/** For what goes through many records, where no browser waits. */
const MANY_MS = 30_000

/** What a store holds for nobody; as long as a real key. */
const NO_KEY = 'coatcheck-probe'.padEnd(43, '-') as StoreKey

export interface GuardedStore extends SessionStore {
  /** Throws a StoreUnreachableError while it is known that nothing can be added: for what should not even be begun then. */
  assertTakesMore(): void
  /** Looks after the store no more, and leaves it open; `close` does both. */
  stop(): void
}

/** Reading, or writing. */
interface Side {
  readonly circuit: Circuit
  /** The last failure kept somebody waiting. A store that says no at once may be asked by all. */
  slow: boolean
}

export function createGuardedStore(store: SessionStore, options: GuardOptions): GuardedStore {
  const { clock, timeoutMs, events } = options
  const slowMs = timeoutMs / 8
  const patience = createPatience({ clock, ms: timeoutMs, tooLate })
  const longPatience = createPatience({ clock, ms: Math.max(timeoutMs, MANY_MS), tooLate })
  const side = (probe: () => Promise<unknown>, onChange: () => void): Side => ({
    slow: false,
    circuit: createCircuit({
      clock,
      failures: FAILURES,
      probeEveryMs: PROBE_EVERY_MS,
      probe: () => patience.wait(probe()),
      onChange,
    }),
  })
  const readOnce = async () => store.get(NO_KEY)
  const reads = side(readOnce, () => tell())
  const writes = side(
    async () => store.ping(),
    () => {
      // Nobody may have read for a while: whether that can be done is found out before anything is told.
      if (writes.circuit.broken && !reads.circuit.broken) void lookAtReads()
      else tell()
    },
  )
  const tell = createTeller(clock, events, () => {
    const broken = reads.circuit.broken ?? writes.circuit.broken
    return broken && { lost: reads.circuit.broken ? 'everything' : 'writes', cause: broken.cause }
  })

  async function lookAtReads(): Promise<void> {
    const since = clock.now()
    await patience.wait(readOnce()).catch((error: unknown) => note(reads, error, since, true))
    tell()
  }

  function assertWorthWhile(...sides: Side[]): void {
    for (const { circuit, slow } of sides) {
      if (circuit.broken && slow) throw heldBack(circuit.broken.cause)
    }
  }

  /** `certain`: one failure is enough. */
  function note(side: Side, error: unknown, since: number, certain = false): void {
    if (!(error instanceof StoreUnreachableError)) return
    side.slow = clock.now() - since >= slowMs
    // Where nobody is there, neither side has to find that out.
    const lost = error instanceof StoreLostError
    for (const one of lost ? [reads, writes] : [side]) one.circuit.failed(error, lost || certain)
  }

  /** Resolves to `work`'s outcome, and counts failures; successes where they prove something. */
  async function watch<T>(side: Side, proof: boolean, work: Promise<T>): Promise<T> {
    const since = clock.now()
    try {
      const value = await work
      if (proof) side.circuit.succeeded()
      return value
    } catch (error) {
      note(side, error, since)
      throw error
    }
  }

  async function read<T>(work: () => Promise<T>, limit = patience): Promise<T> {
    assertWorthWhile(reads)
    return watch(reads, true, limit.wait(work()))
  }

  /** What makes the store grow: that it took this proves that it takes everything. */
  async function grow<T>(work: () => Promise<T>): Promise<T> {
    assertWorthWhile(reads, writes)
    return watch(writes, true, patience.wait(work()))
  }

  /** What even a full store may take. */
  async function change<T>(
    work: () => Promise<T>,
    limit = patience,
    afterwards?: (value: T) => void,
  ): Promise<T> {
    assertWorthWhile(reads, writes)
    return watch(writes, false, limit.wait(work(), afterwards))
  }

  function stop(): void {
    reads.circuit.close()
    writes.circuit.close()
    tell.stop()
  }

  const guardLease = (lease: Lease): Lease => ({
    renew: (ms) => change(() => lease.renew(ms)),
    release: () => change(() => lease.release()),
  })
  // Got too late, it would keep everybody else waiting until it lapses.
  const letGo = (lease: Lease | undefined) => void lease?.release().catch(() => {})

  return {
    kind: store.kind,
    scope: store.scope,
    ...(store.about ? { about: store.about } : {}),
    get provenAt() {
      return store.provenAt
    },

    get: (key) => read(() => store.get(key)),
    list: (filter, page) => read(() => store.list(filter, page), longPatience),
    count: () => read(() => store.count(), longPatience),

    add: (key, record) => grow(() => store.add(key, record)),
    replace: (key, record) => change(() => store.replace(key, record)),
    touch: (key, times) => change(() => store.touch(key, times)),
    delete: (key, reason, now) => change(() => store.delete(key, reason, now)),
    deleteBy: (filter, reason, now) =>
      change(() => store.deleteBy(filter, reason, now), longPatience),
    async lease(key, ms) {
      const lease = await change(() => store.lease(key, ms), patience, letGo)
      return lease && guardLease(lease)
    },
    put: (code, value, endsAt) => grow(() => store.put(code, value, endsAt)),
    take: (code) => change(() => store.take(code)),
    enqueue: (job) => grow(() => store.enqueue(job)),
    claim: (queue, ms) => change(() => store.claim(queue, ms)),
    done: (job) => change(() => store.done(job)),
    retry: (job, dueAt) => change(() => store.retry(job, dueAt)),
    publish: (topic, message) => change(() => store.publish(topic, message)),

    subscribe: (topic, listener) => store.subscribe(topic, listener),
    distrust: (key) => store.distrust?.(key),
    // Asks whatever is known, because who asks wants to know.
    ping: async () => watch(writes, true, patience.wait(store.ping())),
    assertTakesMore() {
      const broken = reads.circuit.broken ?? writes.circuit.broken
      if (broken) throw heldBack(broken.cause)
    },
    stop,
    close() {
      stop()
      return store.close()
    },
  }
}

class StoreTimeoutError extends StoreUnreachableError {
  readonly code = 'STORE_TIMEOUT'
}

function tooLate(): StoreUnreachableError {
  return new StoreTimeoutError('The session store took too long')
}

function heldBack(cause: unknown): StoreUnreachableError {
  return new StoreUnreachableError('The session store does not answer', { cause })
}
