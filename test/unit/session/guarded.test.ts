import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/lib/random.ts'
import { type SessionStore, StoreUnreachableError } from '../../../src/session/store.ts'
import { createGuardedStore } from '../../../src/session/stores/guarded.ts'
import { StoreLostError } from '../../../src/session/stores/lost.ts'
import { createMemoryStore } from '../../../src/session/stores/memory.ts'
import { manualClock } from '../../support/clock.ts'
import { recordAt, storeKey } from '../../support/records.ts'
import { faultyStore } from '../../support/store-fault.ts'

const ADA = storeKey('a'.repeat(43))

async function setUp() {
  const clock = manualClock()
  const memory = createMemoryStore({ clock, random: systemRandom })
  const faulty = faultyStore(memory)
  const told: string[] = []
  const store = createGuardedStore(faulty.store, {
    clock,
    timeoutMs: 800,
    events: {
      outageBegan: (lost) => told.push(`lost ${lost}`),
      outageEnded: (ms) => told.push(`back after ${ms}`),
    },
  })
  await store.add(ADA, recordAt(clock.now()))
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50)
      await setImmediate()
    }
  }
  const calls = () => [...faulty.calls.values()].reduce((sum, count) => sum + count, 0)
  return { clock, memory, faulty, store, told, pass, calls }
}

const outcomeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'answered',
    (error: unknown) => (error instanceof StoreUnreachableError ? 'unreachable' : 'broken'),
  )
const touch = (store: SessionStore) => store.touch(ADA, { seenAt: 1, idleAt: 1 })

describe('a guarded store', () => {
  it('rejects a call that hangs within its time, whatever the call', async () => {
    const { clock, store, faulty, pass } = await setUp()
    const record = { ...recordAt(clock.now()), revision: 2 }
    faulty.fault = 'hang'

    const outcomes = [
      store.get(ADA),
      store.add(ADA, record),
      store.replace(ADA, record),
      touch(store),
      store.delete(ADA, 'signed_out', clock.now()),
      store.lease('name', 1000),
      store.put('code', new Uint8Array(1), clock.now() + 1000),
      store.take('code'),
      store.publish('topic', 'message'),
      store.ping(),
    ].map(outcomeOf)
    await pass(800)

    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['unreachable']))
  })

  it('refuses at once, without asking, once three calls in a row were kept waiting', async () => {
    const { store, faulty, calls, pass } = await setUp()
    faulty.fault = 'hang'
    const waiting = Array.from({ length: 3 }, () => outcomeOf(store.get(ADA)))
    await pass(800)
    await Promise.all(waiting)
    const before = calls()

    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        outcomeOf(index % 2 === 0 ? store.get(ADA) : touch(store)),
      ),
    )

    expect(new Set(outcomes)).toEqual(new Set(['unreachable']))
    expect(calls()).toBe(before)
  })

  it('goes on asking a store that says no at once, and is there for the first yes', async () => {
    const { store, faulty, told, pass } = await setUp()
    faulty.fault = 'refuse'
    for (let count = 0; count < 5; count++) await outcomeOf(store.get(ADA))
    faulty.fault = 'none'

    expect(await outcomeOf(store.get(ADA))).toBe('answered')
    await pass(1000)
    expect(told).toEqual(['lost everything', 'back after 0'])
  })

  it('takes three failures among successes for bad luck', async () => {
    const { store, faulty, told } = await setUp()

    for (let count = 0; count < 9; count++) {
      faulty.fault = count % 3 === 2 ? 'none' : 'refuse'
      await outcomeOf(store.get(ADA))
    }

    expect(told).toEqual([])
  })

  it('finds out by itself that the store is back, within half a second, and says so once', async () => {
    const { store, faulty, told, pass } = await setUp()
    faulty.fault = 'refuse'
    for (let count = 0; count < 50; count++) await outcomeOf(store.get(ADA))

    await pass(5000)
    faulty.fault = 'none'
    await pass(1500)

    expect(await outcomeOf(store.get(ADA))).toBe('answered')
    expect(told).toEqual(['lost everything', expect.stringMatching(/^back after 5[0-2]\d\d$/)])
  })

  it('asks a store that hangs with one call at a time', async () => {
    const { store, faulty, pass, calls } = await setUp()
    faulty.fault = 'hang'
    const first = Array.from({ length: 3 }, () => outcomeOf(store.get(ADA)))
    await pass(800)
    await Promise.all(first)
    const before = calls()

    await pass(10_000)

    expect(calls() - before).toBeLessThanOrEqual(10)
    expect(calls() - before).toBeGreaterThan(7)
  })

  it('goes on reading from a store that takes no writes, and lets it take what it can', async () => {
    const { clock, memory, store, faulty, told, pass } = await setUp()
    faulty.fault = 'full'
    const grow = () => outcomeOf(store.add(storeKey('b'.repeat(43)), recordAt(clock.now())))
    for (let count = 0; count < 5; count++) await grow()

    expect(await outcomeOf(store.get(ADA))).toBe('answered')
    expect(await outcomeOf(store.delete(ADA, 'signed_out', clock.now()))).toBe('unreachable')
    expect(faulty.calls.get('delete')).toBe(1)
    await memory.delete(ADA, 'signed_out', clock.now())
    faulty.fault = 'none'

    expect(await grow()).toBe('answered')
    await pass(1000)
    expect(told).toEqual(['lost writes', expect.stringMatching(/^back/)])
  })

  it('waits for no write where writing hangs, and goes on reading', async () => {
    const { store, faulty, pass } = await setUp()
    faulty.fault = 'stuck'
    const waiting = Array.from({ length: 3 }, () => outcomeOf(touch(store)))
    await pass(800)
    await Promise.all(waiting)

    expect(await outcomeOf(touch(store))).toBe('unreachable')
    expect(await outcomeOf(store.get(ADA))).toBe('answered')
  })

  it('is not reassured by a change that even a full store takes', async () => {
    const { clock, store, faulty, told } = await setUp()
    const record = { ...recordAt(clock.now()), revision: 2 }

    for (let count = 0; count < 6; count++) {
      faulty.fault = count % 2 === 0 ? 'full' : 'none'
      await outcomeOf(count % 2 === 0 ? store.replace(ADA, record) : touch(store))
    }

    expect(told).toEqual(['lost writes'])
  })

  it('says first that writes are lost, then everything, and that all is back only then', async () => {
    const { store, faulty, told, pass } = await setUp()
    faulty.fault = 'full'
    for (let count = 0; count < 3; count++) await outcomeOf(store.publish('topic', 'message'))
    faulty.fault = 'refuse'
    for (let count = 0; count < 3; count++) await outcomeOf(store.get(ADA))
    faulty.fault = 'full'
    await pass(2000)
    expect(await outcomeOf(store.get(ADA))).toBe('answered')
    faulty.fault = 'none'
    await pass(2000)

    expect(told).toEqual(['lost writes', 'lost everything', expect.stringMatching(/^back/)])
  })

  it('says that everything is lost where only writes were tried, and reading hangs too', async () => {
    const { store, faulty, told, pass } = await setUp()
    faulty.fault = 'hang'
    const waiting = Array.from({ length: 3 }, () => outcomeOf(touch(store)))
    await pass(800)
    await Promise.all(waiting)
    expect(told).toEqual([])
    await pass(800)

    expect(told).toEqual(['lost everything'])
    expect(await outcomeOf(store.get(ADA))).toBe('unreachable')
    expect(faulty.calls.get('get')).toBeLessThanOrEqual(2)
  })

  it.each([
    ['touch', (store: SessionStore) => touch(store)],
    ['get', (store: SessionStore) => store.get(ADA)],
  ] as const)('takes one %s that reached nobody for the loss of everything', async (_, call) => {
    const { clock, faulty, pass } = await setUp()
    const told: string[] = []
    let lost = true
    const leaving = new Proxy(faulty.store, {
      get(target, property) {
        const value = Reflect.get(target, property)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) =>
          lost
            ? Promise.reject(new StoreLostError('nobody', { begun: false }))
            : Reflect.apply(value, target, args)
      },
    })
    const store = createGuardedStore(leaving, {
      clock,
      timeoutMs: 800,
      events: {
        outageBegan: (what) => told.push(`lost ${what}`),
        outageEnded: (ms) => told.push(`back after ${ms}`),
      },
    })

    expect(await outcomeOf(call(store))).toBe('unreachable')

    expect(told).toEqual(['lost everything'])
    expect(() => store.assertTakesMore()).toThrow(StoreUnreachableError)
    lost = false
    await pass(1500)
    expect(told).toEqual(['lost everything', expect.stringMatching(/^back/)])
    store.assertTakesMore()
  })

  it('tells of an outage that comes and goes as of one', async () => {
    const { store, faulty, told, pass } = await setUp()

    for (let count = 0; count < 10; count++) {
      faulty.fault = 'refuse'
      for (let call = 0; call < 3; call++) await outcomeOf(store.get(ADA))
      faulty.fault = 'none'
      await pass(500)
    }
    await pass(1000)

    expect(told).toEqual(['lost everything', expect.stringMatching(/^back/)])
  })

  it('lets go of a lease that it got too late, so that nobody waits for it to lapse', async () => {
    const { memory, faulty, store, pass } = await setUp()
    const gate = Promise.withResolvers<void>()
    const slow = new Proxy(faulty.store, {
      get(target, property) {
        const value = Reflect.get(target, property)
        if (property !== 'lease') return value
        return async (...args: [string, number]) => {
          const lease = await memory.lease(...args)
          await gate.promise
          return lease
        }
      },
    })
    const clock = manualClock()
    const events = { outageBegan() {}, outageEnded() {} }
    const guarded = createGuardedStore(slow, { clock, timeoutMs: 800, events })

    const outcome = outcomeOf(guarded.lease('refresh', 60_000))
    for (let passed = 0; passed < 800; passed += 50) {
      clock.advance(50)
      await setImmediate()
    }
    expect(await outcome).toBe('unreachable')
    expect(await store.lease('refresh', 60_000)).toBeUndefined()
    gate.resolve()
    await pass(50)

    expect(await store.lease('refresh', 60_000)).toBeDefined()
  })

  it('hands on an error that is not the store being away, and does not count it', async () => {
    const { store, faulty, told } = await setUp()
    const broken = createGuardedStore(
      new Proxy(faulty.store, {
        get: (target, property) =>
          property === 'get'
            ? () => Promise.reject(new TypeError('not a function'))
            : Reflect.get(target, property),
      }),
      {
        clock: manualClock(),
        timeoutMs: 800,
        events: { outageBegan: () => told.push('lost'), outageEnded() {} },
      },
    )

    for (let count = 0; count < 5; count++) {
      expect(await outcomeOf(broken.get(ADA))).toBe('broken')
    }

    expect(told).toEqual([])
    expect(await outcomeOf(store.get(ADA))).toBe('answered')
  })

  it('asks nothing any more once it is stopped', async () => {
    const { store, faulty, pass, calls } = await setUp()
    faulty.fault = 'refuse'
    for (let count = 0; count < 3; count++) await outcomeOf(store.get(ADA))
    await setImmediate()

    store.stop()
    const before = calls()
    await pass(5000)

    expect(calls()).toBe(before)
  })
})
