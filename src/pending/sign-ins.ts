// Sign-ins by a link: begun in a request, checked outside any, settled once for the one browser that began them.
import type { ConfirmProviderConfig } from '../config/config.ts'
import type { Clock } from '../lib/clock.ts'
import type { Outcome, PendingSessions, StartedPending } from '../session/pending.ts'
import type { PendingBox } from '../session/pending-box.ts'
import type { StoreKey } from '../session/session.ts'
import { ANY_RECORD, type ClaimedJob, SESSION_TOPIC, type SessionStore } from '../session/store.ts'
import type { Ticket } from '../session/ticket.ts'
import { type Address, type AttemptCodec, channelOf, markOf } from './attempt.ts'
import { type Completed, createCompletion } from './completion.ts'
import type { PendingEvents } from './pending-events.ts'
import type { Validator } from './validator.ts'
import { openWorker } from './worker.ts'

/** One provider of kind confirm. */
export interface Way {
  readonly config: ConfirmProviderConfig
  readonly validator: Validator
  /** Tells others the outcome, on a channel of the attempt. Never rejects. */
  readonly announce?: (channel: string, outcome: Outcome) => Promise<void>
}

export interface PendingSignIns extends Pick<PendingSessions, 'look' | 'adopt' | 'end'> {
  /** In the order of the configuration; the first is meant where none is named. */
  readonly ways: ReadonlyMap<string, Way>
  /** Durable, job included, when it resolves. */
  begin(way: Way, token: string, device: string): Promise<StartedPending>
  /** What `begin` with the same link leaves in its session. */
  markOf(way: Way, token: string): string
  complete(id: string, body: Uint8Array, signature: string | undefined): Promise<Completed>
  /** Where this browser's outcome is published; undefined where nowhere. */
  channelOf(ticket: Ticket): string | undefined
  /** Calls `changed` whenever the record under this key may have. Returns the way to stop. */
  watch(storeKey: StoreKey, changed: () => void): () => void
  close(): Promise<void>
}

export interface PendingSignInsOptions {
  readonly ways: ReadonlyMap<string, Way>
  readonly pending: PendingSessions
  readonly box: PendingBox
  readonly codec: AttemptCodec
  readonly store: SessionStore
  readonly clock: Clock
  readonly events: PendingEvents
}

const QUEUE = 'pending-sign-in'
const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 15_000
/** Beyond the longest question: the answer has to be written down too. */
const LEASE_MS = 5000
/** Jobs outlive their deadline by so much, so that somebody says that it is past. */
const LATE_MS = 60_000

export function openPendingSignIns(options: PendingSignInsOptions): PendingSignIns {
  const { ways, pending, codec, store, clock, events } = options
  const longest = Math.max(...[...ways.values()].map(({ config }) => config.timeoutMs))
  const announced = [...ways.values()].some(({ announce }) => announce !== undefined)
  const settle = createSettle(options)
  const worker = openWorker({
    store,
    clock,
    queue: QUEUE,
    leaseMs: longest + LEASE_MS,
    work,
    failed: events.failed,
  })
  const complete = createCompletion({ ...options, settle })
  const watchers = new Map<StoreKey, Set<() => void>>()
  const unsubscribe = store.subscribe(SESSION_TOPIC, (message) => {
    const some =
      message === ANY_RECORD
        ? [...watchers.values()].flatMap((all) => [...all])
        : [...(watchers.get(message as StoreKey) ?? [])]
    for (const changed of some) changed()
  })

  async function work(job: ClaimedJob, signal: AbortSignal) {
    const attempt = codec.attemptIn(job.payload)
    const way = attempt && ways.get(attempt.provider)
    // Another machine has the key, or the setting.
    if (!way) return { kind: 'again', at: clock.now() + LONGEST_RETRY_MS } as const
    const late = { kind: 'refused', reason: 'sign_in_late' } as const
    const state = await pending.open(attempt.storeKey)
    if (state === 'late') await settle(way, attempt, late)
    if (state !== 'open') return { kind: 'done' } as const

    const verdict = await way.validator.ask(attempt, signal)
    switch (verdict.kind) {
      case 'valid': {
        const settled = await settle(way, attempt, { kind: 'signed_in', who: verdict.who })
        if (settled === 'late') await settle(way, attempt, late)
        break
      }
      case 'invalid':
        await settle(way, attempt, { kind: 'refused', reason: 'sign_in_refused' })
        break
      case 'unreadable':
        events.unreadable(attempt.provider, verdict.hint)
        await settle(way, attempt, { kind: 'refused', reason: 'sign_in_unreadable' })
        break
      case 'later':
        return { kind: 'again', at: attempt.until } as const
      case 'unreachable': {
        // Given back as it is, for another process to go on with.
        if (signal.aborted) return { kind: 'again', at: clock.now() } as const
        events.unreachable(attempt.provider, verdict.cause)
        const backoff = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (job.attempts - 1))
        const at = clock.now() + Math.max(backoff, verdict.afterMs ?? 0)
        return { kind: 'again', at: Math.min(at, attempt.until) } as const
      }
    }
    return { kind: 'done' } as const
  }

  return {
    ways,
    look: pending.look,
    adopt: pending.adopt,
    end: pending.end,
    markOf: ({ config }, token) => markOf(config.name, token),
    async begin({ config }, token, device) {
      const { name, withinMs } = config
      const started = await pending.start({
        provider: name,
        withinMs,
        device,
        mark: markOf(name, token),
      })
      const { ticket, publicKey, until } = started
      const address: Address = { provider: name, storeKey: ticket.storeKey, publicKey, until }
      const id = codec.idOf(address)
      await store.enqueue({
        queue: QUEUE,
        id: ticket.storeKey,
        payload: codec.jobOf({ ...address, id, token }),
        dueAt: clock.now(),
        endsAt: until + LATE_MS,
      })
      worker.wake()
      return started
    },
    complete,
    channelOf: (ticket) => (announced ? channelOf(options.box.publicKeyOf(ticket.key)) : undefined),
    watch(storeKey, changed) {
      const all = watchers.get(storeKey) ?? new Set()
      watchers.set(storeKey, all.add(changed))
      return () => {
        all.delete(changed)
        if (all.size === 0 && watchers.get(storeKey) === all) watchers.delete(storeKey)
      }
    },
    async close() {
      unsubscribe()
      await worker.close()
    },
  }
}

export type Settle = ReturnType<typeof createSettle>

/** Writes the outcome down, once, and tells whoever else wants to know. */
function createSettle({ pending, events }: PendingSignInsOptions) {
  return async (way: Way, { storeKey, publicKey }: Address, outcome: Outcome) => {
    const settled = await pending.settle(storeKey, publicKey, outcome)
    if (settled === 'settled') {
      events.settled(way.config.name, outcome)
      // Nobody waits for it: the browser's own stream tells as well.
      void way.announce?.(channelOf(publicKey), outcome)
    }
    return settled
  }
}
