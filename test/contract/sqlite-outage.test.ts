// When the database cannot be written: one kind of error, reads that go on, and recovery without help.
import { execFileSync, spawnSync } from 'node:child_process'
import type { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { type SessionStore, StoreUnreachableError } from '../../src/session/store.ts'
import { recordAt, storeKey } from '../support/records.ts'
import { sqlitePlace } from '../support/sqlite.ts'
import { canHaveSmallDisk, startStoreProcess } from '../support/store-process.ts'

const KEY = storeKey('k'.repeat(43))
const MEGABYTE = 1024 * 1024

/** The thread that the store which `open` opens writes with. */
async function withWriter(open: () => Promise<SessionStore>) {
  const started = Promise.withResolvers<Worker>()
  process.once('worker', started.resolve)
  const store = await open()
  return { store, writer: await started.promise }
}

/** How the first of endless writes of `bytes` each fails. */
async function writeUntilRejected(put: (code: string) => Promise<unknown>): Promise<unknown> {
  for (let n = 0; n < 10_000; n += 1) {
    try {
      await put(`filling-${n}`)
    } catch (error) {
      return error
    }
  }
  return undefined
}

describe('a session database that cannot be written', { timeout: 60_000 }, () => {
  it.skipIf(!canHaveSmallDisk())(
    'rejects writes while its disk is full, reads on, and recovers once there is room',
    async () => {
      await using place = await sqlitePlace()
      await using child = await startStoreProcess(place.path, { disk: 4 * MEGABYTE })
      const record = recordAt(Date.now())
      await child.call('add', KEY, record)
      await child.call('put', 'code', new Uint8Array(9), Date.now() + 9e5)
      await child.ask({ ask: 'fill the disk' })

      const put = (code: string) => child.call('put', code, new Uint8Array(9000), Date.now() + 9e5)
      const error = await writeUntilRejected(put)

      expect(error).toBeInstanceOf(StoreUnreachableError)
      expect(`${error}`).toContain('has no space left on its disk')
      const another = () => child.call('add', storeKey('another'), record)
      await expect(another()).rejects.toThrow(StoreUnreachableError)
      await expect(child.call('ping')).rejects.toThrow(StoreUnreachableError)
      expect(await child.call('get', KEY)).toStrictEqual(record)
      expect(await child.call('count')).toBe(1)
      expect(await child.call('list', { all: true })).toMatchObject({ sessions: [{ key: KEY }] })

      await child.ask({ ask: 'free the disk' })

      expect(await another()).toBe(true)
      expect(await child.call('ping')).toBeUndefined()
      expect(await child.call('take', 'code')).toHaveLength(9)
    },
  )

  it.skipIf(!canHaveSmallDisk())(
    'rejects one write that is too large for the disk and none that came with it',
    async () => {
      await using place = await sqlitePlace()
      await using child = await startStoreProcess(place.path, { disk: 4 * MEGABYTE })
      const put = (code: string, bytes: number) =>
        child.call('put', code, new Uint8Array(bytes), Date.now() + 9e5)

      const outcomes = await Promise.allSettled([
        ...['1', '2', '3'].map((code) => put(code, 100)),
        put('huge', 10 * MEGABYTE),
        ...['4', '5', '6'].map((code) => put(code, 100)),
      ])

      const fulfilled = { status: 'fulfilled', value: true }
      const [before, after] = [Array(3).fill(fulfilled), Array(3).fill(fulfilled)]
      expect(outcomes).toMatchObject([...before, { status: 'rejected' }, ...after])
      expect(await child.call('take', '6')).toHaveLength(100)
    },
  )

  it.skipIf(spawnSync('prlimit', ['--version']).status !== 0)(
    'rejects writes while its disk fails, reports its own once, and recovers',
    async () => {
      await using place = await sqlitePlace()
      const store = await place.open()
      const record = recordAt(place.clock.now())
      await store.add(KEY, record)
      const later = { seenAt: record.seenAt + 9, idleAt: record.idleAt + 9 }
      const limit = (soft: string) =>
        execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${soft}:unlimited`])
      limit(`${MEGABYTE}`)
      try {
        const error = await writeUntilRejected((code) =>
          store.put(code, new Uint8Array(9000), Number.MAX_SAFE_INTEGER),
        )
        expect(error).toMatchObject({
          name: 'StoreUnreachableError',
          message: 'The session database is on a disk that fails',
          cause: { code: 'SQLITE_IOERR_WRITE' },
        })
        await store.touch(KEY, later)
        for (let round = 0; round < 3; round += 1) await place.advance(1000)
        expect(place.errors).toEqual([expect.any(StoreUnreachableError)])
        expect(await store.get(KEY)).toStrictEqual(record)
        await expect(store.ping()).rejects.toThrow(StoreUnreachableError)
      } finally {
        limit('unlimited')
      }

      await place.advance(1000)

      expect(await store.add(storeKey('another'), record)).toBe(true)
      expect(await store.get(KEY)).toStrictEqual({ ...record, ...later })
    },
  )

  it('waits a while for others, then rejects; reads never wait', async () => {
    await using place = await sqlitePlace()
    const store = await place.open()
    const record = recordAt(place.clock.now())
    await store.add(KEY, record)
    const other = place.connect()
    other.exec('BEGIN IMMEDIATE')

    const short = store.add(storeKey('short'), record)
    expect(await store.get(KEY)).toStrictEqual(record)
    other.exec('COMMIT')
    expect(await short).toBe(true)

    other.exec('BEGIN IMMEDIATE')
    await expect(store.add(storeKey('long'), record)).rejects.toMatchObject({
      name: 'StoreUnreachableError',
      cause: { code: 'SQLITE_BUSY' },
    })
    other.exec('COMMIT')
    expect(await store.add(storeKey('long'), record)).toBe(true)
  })

  it('goes on with another thread when its writer dies, and fails only what was under way', async () => {
    await using place = await sqlitePlace()
    const { store, writer } = await withWriter(() => place.open())
    const record = recordAt(place.clock.now())
    const other = place.connect()
    other.exec('BEGIN IMMEDIATE')

    const underWay = store.add(storeKey('under way'), record)
    await Promise.resolve()
    const waiting = store.add(storeKey('waiting'), record)
    const died = writer.terminate()
    other.exec('COMMIT')
    await died

    await expect(underWay).rejects.toThrow(StoreUnreachableError)
    expect(await waiting).toBe(true)
    expect(await store.add(KEY, record)).toBe(true)
    expect(place.errors).toHaveLength(1)
  })

  it('tries again every second when no other thread can start', async () => {
    await using place = await sqlitePlace()
    const { store, writer } = await withWriter(() => place.open())
    const record = recordAt(place.clock.now())
    const other = place.connect()
    other.pragma('user_version = 99')
    const waiting = store.add(KEY, record)

    await writer.terminate()
    await expect(waiting).rejects.toThrow(StoreUnreachableError)
    await expect(store.ping()).rejects.toThrow('cannot be opened')
    expect(await store.get(KEY)).toBeUndefined()

    other.pragma('user_version = 1')
    place.clock.advance(1000)
    await expect.poll(() => store.add(KEY, record).catch(() => false)).toBe(true)
  })

  it('closes while no thread can start', async () => {
    await using place = await sqlitePlace()
    const { store, writer } = await withWriter(() => place.open())
    place.connect().pragma('user_version = 99')
    await writer.terminate()
    await expect(store.ping()).rejects.toThrow(StoreUnreachableError)

    await store.close()

    await expect(store.get(KEY)).rejects.toThrow('closed')
  })
})
