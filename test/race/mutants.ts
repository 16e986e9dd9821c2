// Gateways with one promise broken each: what the explorer must notice.
import type { NearCache } from '../../src/session/near.ts'
import type { OpenSession, SessionRecord, StoreKey } from '../../src/session/session.ts'
import type { Sessions } from '../../src/session/sessions.ts'
import { createRefresher } from '../../src/tokens/refresh.ts'
import type { Refresher, RefreshOutcome } from '../../src/tokens/refresh-contract.ts'
import type { Invariant } from './monitor.ts'
import type { Alterations } from './process.ts'
import type { Operation, Scenario } from './scenario.ts'
import { LEASE_MS } from './world.ts'

export interface Mutant {
  readonly name: string
  readonly scenario: Scenario
  readonly alter: () => Alterations
  /** What it breaks. */
  readonly breaks: readonly Invariant[]
}

const request = (at: number, session = 0): Operation => ({ do: 'request', at, session })
const signOut = (at: number, session = 0): Operation => ({ do: 'signOut', at, session })

const oneEach: Scenario = {
  processes: 2,
  people: ['ada'],
  operations: [request(0), request(1)],
}
const withSignOut: Scenario = {
  processes: 2,
  people: ['ada'],
  operations: [request(0), signOut(1)],
}

export const mutants: readonly Mutant[] = [
  {
    name: 'no lease',
    scenario: oneEach,
    breaks: ['one grant'],
    alter: () => ({
      store: (store) =>
        but(store, {
          lease: async () => ({ renew: async () => true, release: async () => undefined }),
        }),
    }),
  },
  {
    name: 'no re-read after the lease',
    scenario: oneEach,
    breaks: ['one grant'],
    alter: () => ({
      sessions: (sessions, { name, shared }) => {
        const first = new Map<string, Awaited<ReturnType<Sessions['find']>>>()
        return but(sessions, {
          async find(ticket) {
            const holds = [...shared.leases.values()].some((lease) => lease.process === name)
            const known = first.get(ticket.text)
            if (holds && known) return known
            const found = await sessions.find(ticket)
            first.set(ticket.text, found)
            return found
          },
        })
      },
    }),
  },
  {
    name: 'set instead of compare-and-set',
    scenario: withSignOut,
    breaks: ['resurrection'],
    alter: () => {
      const set = new Map<StoreKey, SessionRecord>()
      return {
        store: (store) =>
          but(store, {
            async get(key) {
              const record = await store.get(key)
              return set.get(key) ?? record
            },
            async replace(key, record) {
              await store.replace(key, record)
              set.set(key, record)
              return true
            },
            async delete(key, reason, now) {
              const record = await store.delete(key, reason, now)
              set.delete(key)
              return record
            },
          }),
      }
    },
  },
  {
    name: 'a lease shorter than the grant, and no watchdog',
    scenario: { ...oneEach, waits: 1 },
    breaks: ['one grant'],
    alter: () => ({
      store: (store) =>
        but(store, {
          async lease(name) {
            const lease = await store.lease(name, 100)
            return lease && { ...lease, renew: async () => true }
          },
        }),
    }),
  },
  {
    name: 'a near cache matched by id only',
    scenario: {
      processes: 1,
      people: ['ada'],
      warm: true,
      tokens: 'old',
      operations: [{ do: 'forge', at: 0, session: 0 }],
    },
    breaks: ['owner'],
    alter: () => ({
      near(near) {
        const byId = new Map<StoreKey, OpenSession>()
        return but(near, {
          put(session) {
            byId.set(session.ticket.storeKey, session)
            near.put(session)
          },
          get: ({ storeKey }) => byId.get(storeKey),
        })
      },
    }),
  },
  {
    name: 'a near cache that overhears events',
    scenario: { ...withSignOut, tokens: 'old', warm: true },
    breaks: ['resurrection'],
    alter: () => ({
      near: (near: NearCache) => but(near, { drop: () => undefined }),
    }),
  },
  {
    name: 'a renewal shared between users',
    scenario: { ...oneEach, people: ['ada', 'bob'], operations: [request(0), request(0, 1)] },
    breaks: ['owner'],
    alter: () => {
      const flights = new Map<string, Promise<RefreshOutcome>>()
      return {
        refresher(options) {
          const real = createRefresher(options)
          return but(real, {
            refresh(session, provider, seen) {
              const known = flights.get(provider.name) ?? real.refresh(session, provider, seen)
              flights.set(provider.name, known)
              return known
            },
          })
        },
      }
    },
  },
  {
    name: 'who waits takes the old token for a fresh one',
    scenario: oneEach,
    breaks: ['stale token'],
    alter: () => ({
      refresher(options, { name, shared }) {
        const real = createRefresher(options)
        return but(real, {
          async refresh(session, provider, seen) {
            const held = [...shared.leases.values()].some((lease) => lease.process !== name)
            if (held) return { kind: 'fresh', session }
            return real.refresh(session, provider, seen)
          },
        })
      },
    }),
  },
  {
    name: 'a process that slept goes on as if it still held the lease',
    scenario: {
      ...oneEach,
      operations: [request(0), { ...request(1), afterMs: LEASE_MS }],
      faults: [{ do: 'stall', at: 0 }],
    },
    breaks: ['one grant'],
    alter: () => ({
      refresher(options) {
        const { clock } = options
        const began = clock.now()
        return createRefresher({ ...options, clock: { ...clock, now: () => began } })
      },
    }),
  },
  {
    name: 'signing in at a second provider while tokens are renewed',
    scenario: { ...oneEach, operations: [request(0), { do: 'extend', at: 1, session: 0 }] },
    breaks: ['one grant'],
    alter: () => ({
      refresher(options) {
        const undisturbed: Refresher['undisturbed'] = (session, work) => work(session)
        return but(createRefresher(options), { undisturbed })
      },
    }),
  },
  {
    name: 'granted tokens that are forgotten when the store fails over',
    scenario: { ...oneEach, faults: [{ do: 'failOver', how: 'effect' }] },
    breaks: ['one grant'],
    alter: () => ({
      refresher(options) {
        const real = createRefresher(options)
        // About to go, it has no patience with the store.
        void real.close()
        return real
      },
    }),
  },
]

/** `real`, but for `changes`. */
function but<T extends object>(real: T, changes: Partial<T>): T {
  return Object.assign(Object.create(real), changes)
}
