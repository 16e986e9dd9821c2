// What every session store promises, tested the same way for all of them: one call of `storeContract` a driver.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../src/lib/clock.ts'
import type { SessionRecord, StoreKey } from '../../src/session/session.ts'
import {
  type ClaimedJob,
  type NewJob,
  SESSION_TOPIC,
  type SessionFilter,
  type SessionStore,
  StoreUnreachableError,
} from '../../src/session/store.ts'
import { recordAt, storeKey } from '../support/records.ts'

export interface OpenStore {
  readonly store: SessionStore
  readonly clock: Clock
  /** Lets `ms` go by, and resolves when the store has done what fell due meanwhile. */
  advance(ms: number): Promise<void>
  /** One more store on the same data, as another process opens it; absent where the data is nobody else's. */
  readonly peer?: () => Promise<SessionStore>
  /** Closes every store that was opened and removes the data. */
  dispose(): Promise<void>
}

const A_KEY = storeKey('k'.repeat(43))
const STRANGE_NAMES = ['__proto__', 'constructor', 'toString', 'ключ', "it's", '"; DROP TABLE', '*']
/** The longest that touches and events may take. */
const LAG_MS = 1000

export function storeContract(name: string, open: () => Promise<OpenStore>): void {
  describe(`${name} session store`, () => {
    let opened: OpenStore
    let store: SessionStore

    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.dispose())

    const now = () => opened.clock.now()
    const record = (over: Partial<SessionRecord> = {}) => recordAt(now(), over)

    async function add(key: StoreKey, over: Partial<SessionRecord> = {}) {
      const added = record(over)
      expect(await store.add(key, added)).toBe(true)
      return added
    }

    function hear(topic: string, from = store) {
      const heard: string[] = []
      from.subscribe(topic, (message) => heard.push(message))
      return heard
    }

    describe('records', () => {
      it('gives back what was added, every field and byte of it', async () => {
        const whole = record({
          revision: 7,
          state: 'pending',
          providerSid: 'sid-1',
          sub: 'ädä \u{1f642}',
          device: '',
          sealed: Uint8Array.from({ length: 5000 }, (_, index) => index % 256),
        })

        await store.add(A_KEY, whole)

        expect(await store.get(A_KEY)).toStrictEqual(whole)
      })

      it('leaves out what was left out', async () => {
        const plain = await add(A_KEY)

        expect(Object.keys((await store.get(A_KEY)) ?? {}).sort()).toEqual(
          Object.keys(plain).sort(),
        )
      })

      it('keeps bytes of its own: changing what went in or came out changes nothing', async () => {
        const { sealed } = await add(A_KEY, { sealed: Uint8Array.of(1, 2, 3) })
        sealed[0] = 9
        const read = await store.get(A_KEY)
        if (read) read.sealed[1] = 9

        expect((await store.get(A_KEY))?.sealed).toEqual(Uint8Array.of(1, 2, 3))
      })

      it('keeps bytes that are part of a larger buffer, and only those', async () => {
        const pool = Buffer.from('before|sealed|after')

        await store.add(A_KEY, record({ sealed: pool.subarray(7, 13) }))

        const sealed = (await store.get(A_KEY))?.sealed ?? new Uint8Array()
        expect(Buffer.from(sealed).toString()).toBe('sealed')
      })

      it('knows nothing of a key that was never added', async () => {
        await add(A_KEY)

        expect(await store.get(storeKey('another'))).toBeUndefined()
      })

      it('adds over nothing that is there, and of many at once adds one', async () => {
        const subs = Array.from({ length: 50 }, (_, index) => `sub-${index}`)

        const added = await Promise.all(subs.map((sub) => store.add(A_KEY, record({ sub }))))

        expect(added.filter(Boolean)).toHaveLength(1)
        expect((await store.get(A_KEY))?.sub).toBe(subs[added.indexOf(true)])
      })

      it('keeps names that mean something elsewhere apart', async () => {
        for (const sub of STRANGE_NAMES) await add(storeKey(sub), { sub })

        for (const sub of STRANGE_NAMES) {
          expect((await store.get(storeKey(sub)))?.sub).toBe(sub)
          expect(await subsOf({ provider: 'main', sub })).toEqual([sub])
        }
        expect(await store.get(storeKey('hasOwnProperty'))).toBeUndefined()
      })

      it('has lost a record from its end on, and takes another in its place', async () => {
        const { endsAt } = await add(A_KEY, { endsAt: now() + 2000 })
        await opened.advance(endsAt - now() - 500)
        expect(await store.get(A_KEY)).toBeDefined()

        await opened.advance(500)

        expect(await store.get(A_KEY)).toBeUndefined()
        expect(await store.count()).toBe(0)
        expect(await subsOf({ all: true })).toEqual([])
        expect(await store.replace(A_KEY, record({ revision: 2 }))).toBe(false)
        expect(await store.delete(A_KEY, 'revoked', now())).toBeUndefined()
        await add(A_KEY, { sub: 'bea' })
        expect((await store.get(A_KEY))?.sub).toBe('bea')
      })
    })

    describe('replace', () => {
      it('writes over the revision before it', async () => {
        await add(A_KEY, { providerSid: 'sid-1' })
        const next = record({ revision: 2, sub: 'bea', sealed: Uint8Array.of(4) })

        expect(await store.replace(A_KEY, next)).toBe(true)

        expect(await store.get(A_KEY)).toStrictEqual(next)
      })

      it.each([0, 1, 3, 4])('refuses revision %i over revision 1', async (revision) => {
        const added = await add(A_KEY)

        expect(await store.replace(A_KEY, record({ revision, sub: 'eve' }))).toBe(false)

        expect(await store.get(A_KEY)).toStrictEqual(added)
      })

      it('refuses where there is nothing', async () => {
        expect(await store.replace(A_KEY, record({ revision: 2 }))).toBe(false)
        expect(await store.get(A_KEY)).toBeUndefined()
      })

      it('lets one of a hundred replacements of one revision win', async () => {
        await add(A_KEY)
        const subs = Array.from({ length: 100 }, (_, index) => `sub-${index}`)

        const won = await Promise.all(
          subs.map((sub) => store.replace(A_KEY, record({ revision: 2, sub }))),
        )

        expect(won.filter(Boolean)).toHaveLength(1)
        expect((await store.get(A_KEY))?.sub).toBe(subs[won.indexOf(true)])
      })

      it('can move the end', async () => {
        await add(A_KEY)
        await store.replace(A_KEY, record({ revision: 2, endsAt: now() + 500 }))

        await opened.advance(500)

        expect(await store.get(A_KEY)).toBeUndefined()
      })
    })

    describe('touch', () => {
      it('moves both times forward without a new revision', async () => {
        const added = await add(A_KEY)
        const times = { seenAt: added.seenAt + 10, idleAt: added.idleAt + 10 }

        await store.touch(A_KEY, times)
        await opened.advance(LAG_MS)

        expect(await store.get(A_KEY)).toStrictEqual({ ...added, ...times })
      })

      it('never moves a time back, in whatever order touches come', async () => {
        const added = await add(A_KEY)
        const { seenAt, idleAt } = added

        await store.touch(A_KEY, { seenAt: seenAt + 20, idleAt: idleAt - 1 })
        await store.touch(A_KEY, { seenAt: seenAt + 10, idleAt: idleAt + 5 })
        await opened.advance(LAG_MS)
        await store.touch(A_KEY, { seenAt: seenAt - 10, idleAt: idleAt - 10 })
        await opened.advance(LAG_MS)

        expect(await store.get(A_KEY)).toMatchObject({ seenAt: seenAt + 20, idleAt: idleAt + 5 })
      })

      it('is not undone by a replacement that did not know of it', async () => {
        const added = await add(A_KEY)
        await store.touch(A_KEY, { seenAt: added.seenAt + 10, idleAt: added.idleAt + 10 })
        await opened.advance(LAG_MS)

        await store.replace(A_KEY, { ...added, revision: 2 })

        expect(await store.get(A_KEY)).toMatchObject({
          revision: 2,
          seenAt: added.seenAt + 10,
          idleAt: added.idleAt + 10,
        })
      })

      it('does not get in the way of a replacement', async () => {
        const added = await add(A_KEY)

        const [, replaced] = await Promise.all([
          store.touch(A_KEY, { seenAt: added.seenAt + 10, idleAt: added.idleAt + 10 }),
          store.replace(A_KEY, { ...added, revision: 2 }),
          store.touch(A_KEY, { seenAt: added.seenAt + 20, idleAt: added.idleAt + 20 }),
        ])
        await opened.advance(LAG_MS)

        expect(replaced).toBe(true)
        expect(await store.get(A_KEY)).toMatchObject({ revision: 2, seenAt: added.seenAt + 20 })
      })

      it('does nothing where no record is live', async () => {
        await add(A_KEY)
        await store.delete(A_KEY, 'signed_out', now())
        const tombstone = await store.get(A_KEY)
        const later = { seenAt: now() + 60_000, idleAt: now() + 60_000 }

        await store.touch(A_KEY, later)
        await store.touch(storeKey('nobody'), later)
        await opened.advance(LAG_MS)

        expect(await store.get(A_KEY)).toStrictEqual(tombstone)
        expect(await store.get(storeKey('nobody'))).toBeUndefined()
      })
    })

    describe('delete', () => {
      it('hands out the record as it was, and leaves a tombstone', async () => {
        const added = await add(A_KEY, { revision: 3, providerSid: 'sid-1' })
        const at = now()

        expect(await store.delete(A_KEY, 'revoked', at)).toStrictEqual(added)

        expect(await store.get(A_KEY)).toStrictEqual({
          ...added,
          revision: 4,
          state: 'ended',
          reason: 'revoked',
          sealed: new Uint8Array(0),
        })
      })

      it('happens once: the first reason stays, and nothing is added in its place', async () => {
        await add(A_KEY)

        const ended = await Promise.all(
          Array.from({ length: 20 }, () => store.delete(A_KEY, 'signed_out', now())),
        )

        expect(ended.filter(Boolean)).toHaveLength(1)
        expect(await store.delete(A_KEY, 'revoked', now())).toBeUndefined()
        expect((await store.get(A_KEY))?.reason).toBe('signed_out')
        expect(await store.add(A_KEY, record())).toBe(false)
      })

      it('finds nothing to end where there is nothing', async () => {
        expect(await store.delete(A_KEY, 'signed_out', now())).toBeUndefined()
        expect(await store.get(A_KEY)).toBeUndefined()
      })

      it('is never undone by a replacement, whichever revision it carries', async () => {
        const added = await add(A_KEY)
        await store.delete(A_KEY, 'signed_out', now())

        for (const revision of [1, 2, 3, 4]) {
          expect(await store.replace(A_KEY, { ...added, revision })).toBe(false)
        }
        expect((await store.get(A_KEY))?.state).toBe('ended')
      })

      it('wins over a replacement at the same time, in either order', async () => {
        for (let round = 0; round < 20; round += 1) {
          const key = storeKey(`round-${round}`)
          const added = await add(key)
          const replace = () => store.replace(key, { ...added, revision: 2 })
          const end = () => store.delete(key, 'signed_out', now())

          await Promise.all(round % 2 === 0 ? [replace(), end()] : [end(), replace()])

          expect((await store.get(key))?.state).toBe('ended')
        }
      })

      it('keeps a tombstone a day at most, and no longer than the record', async () => {
        const day = 24 * 60 * 60_000
        await add(storeKey('long'), { endsAt: now() + 30 * day })
        await add(storeKey('short'), { endsAt: now() + 600 })
        const at = now()
        await store.delete(storeKey('long'), 'signed_out', at)
        await store.delete(storeKey('short'), 'signed_out', at)

        await opened.advance(600)

        expect((await store.get(storeKey('long')))?.endsAt).toBe(at + day)
        expect(await store.get(storeKey('short'))).toBeUndefined()
        await add(storeKey('short'))
      })
    })

    describe('deleteBy', () => {
      const ended = async (key: string) => (await store.get(storeKey(key)))?.state === 'ended'

      beforeEach(async () => {
        await add(storeKey('ada-1'), { sub: 'ada', providerSid: 's1' })
        await add(storeKey('ada-2'), { sub: 'ada', providerSid: 's2' })
        await add(storeKey('bea-1'), { sub: 'bea', providerSid: 's1' })
        await add(storeKey('other'), { sub: 'ada', providerSid: 's1', provider: 'other' })
        await add(storeKey('plain'), { sub: 'cyd' })
      })

      it.each<[SessionFilter, string[]]>([
        [{ provider: 'main', sub: 'ada' }, ['ada-1', 'ada-2']],
        [{ provider: 'main', providerSid: 's1' }, ['ada-1', 'bea-1']],
        [{ provider: 'main', sub: 'nobody' }, []],
        [{ all: true }, ['ada-1', 'ada-2', 'bea-1', 'other', 'plain']],
      ])('ends every live record that matches %j and no other', async (filter, keys) => {
        expect((await store.deleteBy(filter, 'revoked', now())).sort()).toEqual(keys)

        for (const key of ['ada-1', 'ada-2', 'bea-1', 'other', 'plain']) {
          expect(await ended(key)).toBe(keys.includes(key))
        }
        expect(await store.deleteBy(filter, 'revoked', now())).toEqual([])
      })

      it('leaves tombstones their first reason', async () => {
        await store.delete(storeKey('ada-1'), 'signed_out', now())

        expect(await store.deleteBy({ provider: 'main', sub: 'ada' }, 'revoked', now())).toEqual([
          'ada-2',
        ])
        expect((await store.get(storeKey('ada-1')))?.reason).toBe('signed_out')
      })

      it('ends many', async () => {
        const keys = Array.from({ length: 230 }, (_, index) => `many-${index}`)
        await Promise.all(keys.map((key) => add(storeKey(key), { sub: 'many' })))

        const endedKeys = await store.deleteBy({ provider: 'main', sub: 'many' }, 'revoked', now())

        expect(new Set(endedKeys)).toEqual(new Set(keys))
        expect(endedKeys).toHaveLength(keys.length)
        expect(await store.count()).toBe(5)
      })
    })

    async function pagesOf(filter: SessionFilter, limit?: number) {
      const pages: string[][] = []
      let after: string | undefined
      do {
        const page = { ...(after === undefined ? {} : { after }), ...(limit ? { limit } : {}) }
        const { sessions, next } = await store.list(filter, page)
        pages.push(sessions.map(({ key }) => key))
        after = next
      } while (after !== undefined)
      return pages
    }

    async function subsOf(filter: SessionFilter) {
      return (await store.list(filter)).sessions.map((session) => session.record.sub)
    }

    describe('list and count', () => {
      it('shows live records, oldest first, without their sealed bytes', async () => {
        const at = now()
        const young = await add(storeKey('young'), { createdAt: at - 1, providerSid: 'sid-1' })
        await add(storeKey('old'), { createdAt: at - 3, state: 'pending' })
        await add(storeKey('middle'), { createdAt: at - 2, idleAt: at })
        await add(storeKey('ended'))
        await store.delete(storeKey('ended'), 'signed_out', at)

        const { sessions, next } = await store.list({ all: true })

        expect(sessions.map(({ key }) => key)).toEqual(['old', 'middle', 'young'])
        expect(sessions[2]?.record).toStrictEqual({ ...young, sealed: new Uint8Array(0) })
        expect(next).toBeUndefined()
        expect(await store.count()).toBe(3)
      })

      it('shows what matches and nothing else', async () => {
        await add(storeKey('1'), { sub: 'ada', providerSid: 's1' })
        await add(storeKey('2'), { sub: 'ada', provider: 'other', providerSid: 's1' })
        await add(storeKey('3'), { sub: 'bea', providerSid: 's1' })
        await add(storeKey('4'), { sub: 'ada' })

        expect((await pagesOf({ provider: 'main', sub: 'ada' })).flat()).toEqual(['1', '4'])
        expect((await pagesOf({ provider: 'main', providerSid: 's1' })).flat()).toEqual(['1', '3'])
        expect((await pagesOf({ provider: 'other', sub: 'bea' })).flat()).toEqual([])
      })

      it('finds a record by what its last replacement says', async () => {
        await add(A_KEY, { sub: 'ada' })
        await store.replace(A_KEY, record({ revision: 2, sub: 'bea', providerSid: 's1' }))

        expect((await pagesOf({ provider: 'main', sub: 'ada' })).flat()).toEqual([])
        expect((await pagesOf({ provider: 'main', sub: 'bea' })).flat()).toEqual([A_KEY])
        expect((await pagesOf({ provider: 'main', providerSid: 's1' })).flat()).toEqual([A_KEY])
      })

      it('comes in pages that are full, in order and without repetition', async () => {
        const at = now()
        const keys = Array.from({ length: 25 }, (_, index) => `k${index}`)
        for (const [index, key] of keys.entries()) {
          // Several of one moment, so that order needs more than the time.
          await add(storeKey(key), { createdAt: at + Math.floor(index / 4) })
        }

        const pages = await pagesOf({ all: true }, 10)

        expect(pages.map((page) => page.length)).toEqual([10, 10, 5])
        expect(new Set(pages.flat())).toEqual(new Set(keys))
      })

      it('holds a hundred a page unless told otherwise', async () => {
        const keys = Array.from({ length: 101 }, (_, index) => storeKey(`k${index}`))
        await Promise.all(keys.map((key) => add(key)))

        expect((await pagesOf({ all: true })).map((page) => page.length)).toEqual([100, 1])
      })

      it('neither skips nor repeats when records come and go between two pages', async () => {
        const at = now()
        for (const n of [1, 2, 3, 4, 5, 6]) await add(storeKey(`k${n}`), { createdAt: at + n * 10 })
        const first = await store.list({ all: true }, { limit: 3 })

        await add(storeKey('earlier'), { createdAt: at })
        await add(storeKey('later'), { createdAt: at + 100 })
        await store.delete(storeKey('k3'), 'signed_out', at)
        await store.delete(storeKey('k5'), 'signed_out', at)
        const second = await store.list({ all: true }, { limit: 3, after: first.next ?? '' })

        expect(first.sessions.map(({ key }) => key)).toEqual(['k1', 'k2', 'k3'])
        expect(second.sessions.map(({ key }) => key)).toEqual(['k4', 'k6', 'later'])
        expect(second.next).toBeUndefined()
      })

      it('has nothing after a place that it never named', async () => {
        await add(A_KEY)

        for (const after of ['', 'nonsense', "' OR 1"]) {
          expect(await store.list({ all: true }, { after })).toEqual({ sessions: [] })
        }
      })
    })

    describe('leases', () => {
      it('gives one of many who ask at once', async () => {
        const leases = await Promise.all(
          Array.from({ length: 50 }, () => store.lease('refresh', 1000)),
        )

        expect(leases.filter(Boolean)).toHaveLength(1)
      })

      it('keeps leases of different keys apart', async () => {
        for (const key of STRANGE_NAMES) expect(await store.lease(key, 1000)).toBeDefined()
        for (const key of STRANGE_NAMES) expect(await store.lease(key, 1000)).toBeUndefined()
      })

      it('lapses by itself', async () => {
        await store.lease('refresh', 1000)
        await opened.advance(500)
        expect(await store.lease('refresh', 1000)).toBeUndefined()

        await opened.advance(500)

        expect(await store.lease('refresh', 1000)).toBeDefined()
      })

      it('lasts longer when renewed, counted from the renewal', async () => {
        const lease = await store.lease('refresh', 1000)
        await opened.advance(500)

        expect(await lease?.renew(1000)).toBe(true)

        await opened.advance(700)
        expect(await store.lease('refresh', 1000)).toBeUndefined()
        await opened.advance(300)
        expect(await store.lease('refresh', 1000)).toBeDefined()
      })

      it('is free at once when released', async () => {
        const lease = await store.lease('refresh', 60_000)

        await lease?.release()

        expect(await store.lease('refresh', 60_000)).toBeDefined()
        expect(await lease?.renew(1000)).toBe(false)
      })

      it('is not renewed once it has lapsed', async () => {
        const lease = await store.lease('refresh', 500)
        await opened.advance(500)

        expect(await lease?.renew(1000)).toBe(false)
        expect(await store.lease('refresh', 1000)).toBeDefined()
      })

      it('is neither renewed nor released by who lost it', async () => {
        const lost = await store.lease('refresh', 500)
        await opened.advance(500)
        const held = await store.lease('refresh', 60_000)

        expect(await lost?.renew(1000)).toBe(false)
        await lost?.release()

        expect(await store.lease('refresh', 1000)).toBeUndefined()
        expect(await held?.renew(1000)).toBe(true)
      })
    })

    describe('codes', () => {
      const value = Uint8Array.from({ length: 256 }, (_, index) => index)

      it('gives what was put, once', async () => {
        await store.put('code', value, now() + 1000)

        expect(await store.take('code')).toStrictEqual(value)
        expect(await store.take('code')).toBeUndefined()
      })

      it('gives it to one of a thousand', async () => {
        await store.put('code', value, now() + 60_000)

        const taken = await Promise.all(Array.from({ length: 1000 }, () => store.take('code')))

        expect(taken.filter(Boolean)).toStrictEqual([value])
      })

      it('does not put over what is there', async () => {
        expect(await store.put('code', value, now() + 1000)).toBe(true)
        expect(await store.put('code', Uint8Array.of(6), now() + 1000)).toBe(false)

        expect(await store.take('code')).toStrictEqual(value)
      })

      it('gives nothing to whoever is late, and takes another in its place', async () => {
        await store.put('code', value, now() + 500)
        await opened.advance(500)

        expect(await store.take('code')).toBeUndefined()
        await store.put('again', value, now() + 500)
        await opened.advance(500)
        expect(await store.put('again', Uint8Array.of(7), now() + 500)).toBe(true)
        expect(await store.take('again')).toStrictEqual(Uint8Array.of(7))
      })

      it('keeps codes apart, from each other and from records', async () => {
        for (const code of STRANGE_NAMES) expect(await store.take(code)).toBeUndefined()
        for (const code of STRANGE_NAMES) await store.put(code, Buffer.from(code), now() + 1000)

        expect(await store.get(storeKey('__proto__'))).toBeUndefined()
        for (const code of STRANGE_NAMES) {
          expect(Buffer.from((await store.take(code)) ?? []).toString()).toBe(code)
        }
      })

      it('keeps an empty value', async () => {
        await store.put('code', new Uint8Array(0), now() + 1000)

        expect(await store.take('code')).toStrictEqual(new Uint8Array(0))
      })
    })

    describe('jobs', () => {
      const job = (id: string, over: Partial<NewJob> = {}): NewJob => ({
        queue: 'mail',
        id,
        payload: Buffer.from(id),
        dueAt: now(),
        endsAt: now() + 60_000,
        ...over,
      })

      async function claim(queue = 'mail', ms = 1000): Promise<ClaimedJob> {
        const claimed = await store.claim(queue, ms)
        if (!claimed) throw new Error('no job was due')
        return claimed
      }

      it('gives a job as it was added, and says how often', async () => {
        const added = job('one', { payload: Uint8Array.of(0, 255) })

        expect(await store.enqueue(added)).toBe(true)

        expect(await store.claim('mail', 1000)).toStrictEqual({
          ...added,
          attempts: 1,
          claim: expect.any(String),
        })
      })

      it('gives the job due first, and none before it is due', async () => {
        await store.enqueue(job('third', { dueAt: now() + 500 }))
        await store.enqueue(job('second', { dueAt: now() - 1 }))
        await store.enqueue(job('first', { dueAt: now() - 2 }))

        expect((await claim()).id).toBe('first')
        expect((await claim()).id).toBe('second')
        expect(await store.claim('mail', 1000)).toBeUndefined()
        await opened.advance(500)
        expect((await claim()).id).toBe('third')
      })

      it('gives one job to one of many who ask', async () => {
        await store.enqueue(job('one'))

        const claimed = await Promise.all(
          Array.from({ length: 50 }, () => store.claim('mail', 1000)),
        )

        expect(claimed.filter(Boolean)).toHaveLength(1)
      })

      it('keeps queues apart, and knows an id once in each', async () => {
        expect(await store.enqueue(job('one'))).toBe(true)
        expect(await store.enqueue(job('one', { payload: Uint8Array.of(1) }))).toBe(false)
        expect(await store.enqueue(job('one', { queue: '__proto__' }))).toBe(true)

        expect(await store.claim('sms', 1000)).toBeUndefined()
        expect((await claim('__proto__')).queue).toBe('__proto__')
        expect(Buffer.from((await claim()).payload).toString()).toBe('one')
      })

      it('is done once, and may come again after that', async () => {
        await store.enqueue(job('one'))
        const claimed = await claim()
        expect(await store.enqueue(job('one'))).toBe(false)

        expect(await store.done(claimed)).toBe(true)

        expect(await store.done(claimed)).toBe(false)
        await opened.advance(1000)
        expect(await store.claim('mail', 1000)).toBeUndefined()
        expect(await store.enqueue(job('one'))).toBe(true)
      })

      it('comes to another when the claim lapses, who alone may finish it', async () => {
        await store.enqueue(job('one'))
        const lapsed = await claim('mail', 500)
        expect(await store.claim('mail', 500)).toBeUndefined()
        await opened.advance(500)

        const held = await claim('mail', 60_000)

        expect(held.attempts).toBe(2)
        expect(await store.done(lapsed)).toBe(false)
        expect(await store.retry(lapsed, now())).toBe(false)
        expect(await store.done(held)).toBe(true)
      })

      it('may still be finished after the claim lapsed, while nobody else has it', async () => {
        await store.enqueue(job('one'))
        const claimed = await claim('mail', 500)
        await opened.advance(500)

        expect(await store.done(claimed)).toBe(true)
        expect(await store.claim('mail', 500)).toBeUndefined()
      })

      it('waits for its next turn when given back', async () => {
        await store.enqueue(job('one'))
        const claimed = await claim('mail', 60_000)

        expect(await store.retry(claimed, now() + 500)).toBe(true)

        expect(await store.claim('mail', 1000)).toBeUndefined()
        expect(await store.done(claimed)).toBe(false)
        await opened.advance(500)
        expect(await claim()).toMatchObject({ id: 'one', attempts: 2, dueAt: now() })
      })

      it('is given to nobody from its end on, yet whoever holds it may finish it', async () => {
        await store.enqueue(job('held', { endsAt: now() + 500 }))
        await store.enqueue(job('left', { endsAt: now() + 500, dueAt: now() + 1 }))
        const held = await claim('mail', 1000)

        await opened.advance(500)

        expect(await store.claim('mail', 1000)).toBeUndefined()
        expect(await store.done(held)).toBe(true)
        expect(await store.enqueue(job('left'))).toBe(true)
      })

      it('is forgotten when both its end and its claim are past', async () => {
        await store.enqueue(job('one', { endsAt: now() + 500 }))
        const claimed = await claim('mail', 500)
        await opened.advance(500)

        expect(await store.done(claimed)).toBe(false)
        expect(await store.enqueue(job('one'))).toBe(true)
      })
    })

    describe('events', () => {
      it('reach every subscriber of their topic, once and in order', async () => {
        const first = hear('news')
        const second = hear('news')
        const other = hear('__proto__')

        for (const message of ['1', '2', '__proto__', '']) await store.publish('news', message)
        await store.publish('toString', 'nobody listens')
        await opened.advance(LAG_MS)

        expect(first).toEqual(['1', '2', '__proto__', ''])
        expect(second).toEqual(first)
        expect(other).toEqual([])
      })

      it('stop at once for whoever unsubscribes', async () => {
        const heard: string[] = []
        const listen = (message: string) => heard.push(message)
        const unsubscribe = store.subscribe('news', listen)
        const other = hear('news')
        await store.publish('news', '1')
        await opened.advance(LAG_MS)

        unsubscribe()
        unsubscribe()
        await store.publish('news', '2')
        await opened.advance(LAG_MS)

        expect(heard).toEqual(['1'])
        expect(other).toEqual(['1', '2'])
      })

      it('reach the others when one subscriber throws', async () => {
        store.subscribe('news', () => {
          throw new Error('a subscriber of its own kind')
        })
        const heard = hear('news')

        await store.publish('news', '1')
        await store.publish('news', '2')
        await opened.advance(LAG_MS)

        expect(heard).toEqual(['1', '2'])
      })

      it('tell of each record that was replaced or ended, and of no other', async () => {
        const heard = hear(SESSION_TOPIC)
        const replaced = await add(storeKey('replaced'))
        await add(storeKey('ended'))
        await add(storeKey('ended by sub'), { sub: 'bea' })
        const touched = await add(storeKey('touched'))

        await store.replace(storeKey('replaced'), { ...replaced, revision: 2 })
        await store.replace(storeKey('replaced'), { ...replaced, revision: 2 })
        await store.touch(storeKey('touched'), { seenAt: now() + 1, idleAt: touched.idleAt + 1 })
        await store.delete(storeKey('ended'), 'signed_out', now())
        await store.delete(storeKey('ended'), 'signed_out', now())
        await store.deleteBy({ provider: 'main', sub: 'bea' }, 'revoked', now())
        await opened.advance(LAG_MS)

        expect(heard).toEqual(['replaced', 'ended', 'ended by sub'])
      })

      it('are known to arrive, a second ago at most', async () => {
        await opened.advance(60_000)
        expect(store.provenAt).toBeGreaterThanOrEqual(now() - LAG_MS)
      })
    })

    describe('beside another on the same data', () => {
      async function peer(skip: (note?: string) => void): Promise<SessionStore> {
        if (!opened.peer) skip('nobody else can open this data')
        return (await opened.peer?.()) ?? store
      }

      it('is beside nobody exactly when its scope is the process', () => {
        expect(opened.peer === undefined).toBe(store.scope === 'process')
        expect(store.provenAt === Infinity).toBe(store.scope === 'process')
      })

      it('sees its records', async ({ skip }) => {
        const other = await peer(skip)
        const added = await add(A_KEY)

        expect(await other.get(A_KEY)).toStrictEqual(added)
        expect(await other.add(A_KEY, record())).toBe(false)
        expect(await other.delete(A_KEY, 'revoked', now())).toStrictEqual(added)
        expect((await store.get(A_KEY))?.reason).toBe('revoked')
      })

      it('lets one of two win, for replacements, leases, codes and jobs', async ({ skip }) => {
        const other = await peer(skip)
        const added = await add(A_KEY)
        const payload = new Uint8Array(1)
        await store.put('code', payload, now() + 60_000)
        const job = { queue: 'mail', id: 'one', payload, dueAt: now(), endsAt: now() + 60_000 }
        await store.enqueue(job)
        const both = async <T>(ask: (from: SessionStore) => Promise<T>) =>
          (await Promise.all([...Array(10)].flatMap(() => [ask(store), ask(other)]))).filter(
            Boolean,
          )

        const next = { ...added, revision: 2 }
        expect(await both((from) => from.replace(A_KEY, next))).toHaveLength(1)
        expect(await both((from) => from.lease('refresh', 60_000))).toHaveLength(1)
        expect(await both((from) => from.take('code'))).toHaveLength(1)
        expect(await both((from) => from.claim('mail', 60_000))).toHaveLength(1)
      })

      it('hears what it publishes, ends and replaces within a second, once and in order', async ({
        skip,
      }) => {
        const other = await peer(skip)
        const records = hear(SESSION_TOPIC, other)
        const news = hear('news', other)
        const own = hear('news')
        const added = await add(A_KEY)

        await store.publish('news', '1')
        await other.publish('news', '2')
        await store.replace(A_KEY, { ...added, revision: 2 })
        await store.publish('news', '3')
        await store.delete(A_KEY, 'signed_out', now())
        await opened.advance(LAG_MS)

        expect(news).toEqual(['1', '2', '3'])
        expect(own).toEqual(['1', '2', '3'])
        expect(records).toEqual([A_KEY, A_KEY])
      })

      it('hears nothing of what was before it came', async ({ skip }) => {
        await store.publish('news', 'old')
        const other = await peer(skip)
        const heard = hear('news', other)

        await store.publish('news', 'fresh')
        await opened.advance(LAG_MS)

        expect(heard).toEqual(['fresh'])
      })

      it('goes on when the other closes', async ({ skip }) => {
        const other = await peer(skip)
        await add(A_KEY)

        await other.close()

        expect(await store.get(A_KEY)).toBeDefined()
        await add(storeKey('another'))
      })
    })

    describe('ping and close', () => {
      it('answers while it is open', async () => {
        await expect(store.ping()).resolves.toBeUndefined()
      })

      it('finishes what was asked for before it closes', async () => {
        const asked = Promise.all([
          ...Array.from({ length: 300 }, (_, index) => store.add(storeKey(`k${index}`), record())),
        ])

        await store.close()

        expect((await asked).every(Boolean)).toBe(true)
      })

      it('rejects every call once it is closed, and closes again without complaint', async () => {
        await add(A_KEY)
        const lease = await store.lease('refresh', 60_000)
        const payload = new Uint8Array(1)
        const job = { queue: 'mail', id: 'one', payload, dueAt: now(), endsAt: now() + 60_000 }
        await store.enqueue(job)
        const claimed = await store.claim('mail', 60_000)
        const heard = hear('news')

        await Promise.all([store.close(), store.close()])
        await store.close()

        const calls: Array<() => Promise<unknown>> = [
          () => store.get(A_KEY),
          () => store.add(A_KEY, record()),
          () => store.replace(A_KEY, record({ revision: 2 })),
          () => store.touch(A_KEY, { seenAt: now(), idleAt: now() }),
          () => store.delete(A_KEY, 'signed_out', now()),
          () => store.deleteBy({ all: true }, 'signed_out', now()),
          () => store.list({ all: true }),
          () => store.count(),
          () => store.lease('another', 1000),
          async () => lease?.renew(1000),
          async () => lease?.release(),
          () => store.put('code', payload, now() + 1000),
          () => store.take('code'),
          () => store.enqueue({ ...job, id: 'two' }),
          () => store.claim('mail', 1000),
          async () => claimed && store.done(claimed),
          async () => claimed && store.retry(claimed, now()),
          () => store.publish('news', '1'),
          () => store.ping(),
        ]
        for (const call of calls) await expect(call()).rejects.toThrow(StoreUnreachableError)
        store.subscribe('news', (message) => heard.push(message))()
        expect(heard).toEqual([])
      })
    })
  })
}
