// The one store of all simulated processes: the real memory store. Every call is a message; it can fail over.
import type { Clock } from '../../src/lib/clock.ts'
import type { Random } from '../../src/lib/random.ts'
import type { SessionRecord, StoreKey } from '../../src/session/session.ts'
import {
  ANY_RECORD,
  type Lease,
  SESSION_TOPIC,
  type SessionStore,
  StoreUnreachableError,
} from '../../src/session/store.ts'
import { createMemoryStore } from '../../src/session/stores/memory.ts'
import type { Link } from './link.ts'
import { type Mail, type Message, textOf } from './message.ts'

type Apply = (store: SessionStore, leases: Map<string, Lease>) => Promise<unknown>

interface Write {
  readonly message: Message
  readonly at: number
  readonly apply: Apply
  readonly key: StoreKey | undefined
  readonly lease: HeldBy | undefined
}

interface HeldBy {
  readonly name: string
  readonly process: string
  readonly id: string
  /** Undefined when it is let go. */
  readonly ms: number | undefined
}

/**
 * `effect`: the last unanswered write is undone and its asker told that the store is away · `reply`: it is told so
 * although the write stands · `acknowledged`: the last answered write is undone, as asynchronous replication may.
 */
export type FailOver = 'effect' | 'reply' | 'acknowledged'

export interface SharedStore {
  connect(process: string, mail: Mail, link: Link): SessionStore
  /** By lease name, lapsed ones included until the next taker. */
  readonly leases: ReadonlyMap<string, { readonly process: string; readonly lapsesAt: number }>
  read(key: StoreKey): Promise<SessionRecord | undefined>
  /** Everything in it, in a comparable form. */
  describe(): string
  canFailOver(how: FailOver): boolean
  /** Resolves to the session whose write was lost, if it was a session's. */
  failOver(how: FailOver): Promise<{ key: StoreKey | undefined } | undefined>
}

export function createSharedStore(now: () => number, random: () => Random): SharedStore {
  let replayedAt: number | undefined
  const clock: Clock = { now: () => replayedAt ?? now(), after: () => () => undefined }
  const links = new Set<Link>()
  const records = new Map<StoreKey, string>()
  const leases = new Map<string, { process: string; id: string; lapsesAt: number }>()
  let writes: Write[] = []
  let handles = new Map<string, Lease>()
  let store = open()

  function open(): SessionStore {
    const opened = createMemoryStore({ clock, random: random() })
    opened.subscribe(SESSION_TOPIC, (message) => {
      if (replayedAt === undefined) for (const link of links) link.push(message)
    })
    return opened
  }

  async function perform(write: Write): Promise<unknown> {
    const done = await write.apply(store, handles)
    if (done !== false && done !== undefined) await note(write)
    return done
  }

  /** Keeps what others are told of the store true. */
  async function note({ key, lease, at }: Write): Promise<void> {
    if (key !== undefined) records.set(key, textOf(await store.get(key)))
    if (lease === undefined) return
    const { name, process, id, ms } = lease
    if (ms !== undefined) leases.set(name, { process, id, lapsesAt: at + ms })
    else if (leases.get(name)?.id === id) leases.delete(name)
  }

  function lastWrite(how: FailOver): Write | undefined {
    const state = how === 'acknowledged' ? 'over' : 'arrived'
    return writes.findLast(({ message }) => message.state === state)
  }

  async function without(lost: Write): Promise<void> {
    const kept = writes.filter((write) => write !== lost)
    records.clear()
    leases.clear()
    handles = new Map()
    writes = kept
    replayedAt = now()
    store = open()
    for (const write of kept) {
      replayedAt = write.at
      await perform(write)
    }
    replayedAt = undefined
  }

  return {
    connect(process, mail, link) {
      links.add(link)
      const read = <T>(name: string, from: () => Promise<T>) => mail.send(name, from)
      const change = <T>(
        name: string,
        about: { key?: StoreKey; lease?: HeldBy },
        apply: (store: SessionStore, leases: Map<string, Lease>) => Promise<T>,
      ): Promise<T> =>
        mail.send(name, async (message) => {
          const { key, lease } = about
          const write: Write = { message, at: now(), apply, key, lease }
          writes.push(write)
          return (await perform(write)) as T
        })
      const unused = () => Promise.reject(new Error('not part of the model'))
      let taken = 0
      return {
        kind: 'redis',
        scope: 'network',
        get provenAt() {
          return link.provenAt
        },
        get: (key) => read('get', () => store.get(key)),
        add: (key, record) => change('add', { key }, (to) => to.add(key, record)),
        replace: (key, record) => change('replace', { key }, (to) => to.replace(key, record)),
        touch: (key, times) => change('touch', { key }, (to) => to.touch(key, times)),
        delete: (key, reason, at) => change('delete', { key }, (to) => to.delete(key, reason, at)),
        async lease(name, ms) {
          const id = `${process}.${taken++}`
          const held = (forMs: number | undefined) => ({ name, process, id, ms: forMs })
          const got = await change('lease', { lease: held(ms) }, async (to, kept) => {
            const lease = await to.lease(name, ms)
            if (lease) kept.set(id, lease)
            return lease !== undefined
          })
          if (!got) return undefined
          return {
            renew: (more) =>
              change('renew', { lease: held(more) }, async (_, kept) => {
                return (await kept.get(id)?.renew(more)) ?? false
              }),
            async release() {
              await change('release', { lease: held(undefined) }, async (_, kept) => {
                await kept.get(id)?.release()
                return true
              })
            },
          }
        },
        subscribe: (_, listener) => link.subscribe(listener),
        deleteBy: unused,
        list: unused,
        count: unused,
        put: unused,
        take: unused,
        enqueue: unused,
        claim: unused,
        done: unused,
        retry: unused,
        publish: unused,
        ping: unused,
        close: async () => undefined,
      }
    },
    leases,
    read: (key) => store.get(key),
    describe: () => textOf([[...records].sort(), [...leases].sort()]),
    canFailOver: (how) => lastWrite(how) !== undefined,
    async failOver(how) {
      const last = lastWrite(how)
      if (!last) return undefined
      if (how !== 'reply') await without(last)
      if (how !== 'acknowledged') last.message.fail(new StoreUnreachableError('failed over'))
      for (const link of links) link.push(ANY_RECORD)
      return { key: last.key }
    },
  }
}
