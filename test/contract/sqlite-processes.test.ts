// Several processes on one database: what one was told is kept when it is killed, and each sees what the others did.
import { describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { SESSION_TOPIC } from '../../src/session/store.ts'
import { patience } from '../support/promised.ts'
import { recordAt, sealedFor, storeKey } from '../support/records.ts'
import { sqlitePlace } from '../support/sqlite.ts'
import { startStoreProcess } from '../support/store-process.ts'

const ROUNDS = process.env.COATCHECK_LONG === '1' ? 500 : 20

describe('several processes on one session database', { timeout: 120_000 }, () => {
  it('lose nothing acknowledged and tear nothing when writers are killed', async () => {
    await using place = await sqlitePlace()
    const acknowledged = new Map<string, number>()
    let started = 0

    async function startWriter() {
      const writer = await startStoreProcess(place.path)
      started += 1
      await writer.ask({ ask: 'storm', name: `writer-${started}` })
      return writer
    }

    async function killWriter(writer: Awaited<ReturnType<typeof startWriter>>) {
      await writer.kill()
      for (const told of writer.told) {
        if (told.kind === 'written') acknowledged.set(told.key, told.revision)
      }
    }

    const writers = await Promise.all([startWriter(), startWriter(), startWriter()])
    for (let round = 0; round < ROUNDS; round += 1) {
      const [victim] = writers.splice(0, 1)
      await victim?.until((told) => told.filter(({ kind }) => kind === 'written').length > 20)
      const [next] = await Promise.all([startWriter(), victim && killWriter(victim)])
      writers.push(next)
    }
    await Promise.all(writers.map(killWriter))

    const store = await place.open(systemClock)
    expect(acknowledged.size).toBeGreaterThan(ROUNDS * 5)
    for (const [key, revision] of acknowledged) {
      const record = await store.get(storeKey(key))
      expect(record?.revision).toBeGreaterThanOrEqual(revision)
      const ended = record?.revision === 3
      expect(record?.state).toBe(ended ? 'ended' : 'active')
      const sealed = ended ? new Uint8Array(0) : sealedFor(key, record?.revision ?? 0)
      expect(record?.sealed).toStrictEqual(sealed)
    }
    expect(place.peek('PRAGMA integrity_check')).toBe('ok')
  }, 180_000)

  it('know within a second what the others ended', async () => {
    await using place = await sqlitePlace()
    await using other = await startStoreProcess(place.path)
    const store = await place.open(systemClock)
    const heard = Promise.withResolvers<string>()
    store.subscribe(SESSION_TOPIC, heard.resolve)
    const [ours, theirs] = [storeKey('ours'), storeKey('theirs')]
    await store.add(ours, recordAt(Date.now()))
    await store.add(theirs, recordAt(Date.now()))
    const began = performance.now()

    await other.call('delete', theirs, 'signed_out', Date.now())
    expect(await heard.promise).toBe(theirs)
    await store.delete(ours, 'signed_out', Date.now())
    await other.until((told) => told.some((one) => one.kind === 'heard' && one.key === ours))

    expect(performance.now() - began).toBeLessThan(patience(1000))
    expect(await other.call('get', ours)).toMatchObject({ state: 'ended' })
    expect(await store.get(theirs)).toMatchObject({ state: 'ended' })
  })

  it('give each of a thousand codes to exactly one who takes it', async () => {
    await using place = await sqlitePlace()
    await using other = await startStoreProcess(place.path)
    const store = await place.open(systemClock)
    const codes = Array.from({ length: 1000 }, (_, index) => `code-${index}`)
    const endsAt = Date.now() + 60_000
    await Promise.all(codes.map((code) => store.put(code, new Uint8Array(1), endsAt)))

    const taken = await Promise.all(
      codes.flatMap((code) => [store.take(code), other.call('take', code)]),
    )

    const times = codes.map((_, n) => [taken[2 * n], taken[2 * n + 1]].filter(Boolean).length)
    expect(times).toEqual(codes.map(() => 1))
  })

  it('share leases, which lapse when their owner was killed', async () => {
    await using place = await sqlitePlace()
    let ahead = 0
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead }
    await using other = await startStoreProcess(place.path)
    const store = await place.open(clock)
    expect(await other.call('lease', 'refresh', 60_000)).toBe(true)

    await other.kill()

    expect(await store.lease('refresh', 1000)).toBeUndefined()
    ahead = 60_000
    expect(await store.lease('refresh', 1000)).toBeDefined()
  })
})
