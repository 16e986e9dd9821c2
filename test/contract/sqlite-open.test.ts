// Opening a session database: what is created, what is refused, and in which words.
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { openSqliteStore } from '../../src/session/stores/sqlite.ts'
import { manualClock } from '../support/clock.ts'
import { recordAt, storeKey } from '../support/records.ts'
import { sqlitePlace } from '../support/sqlite.ts'

function open(path: string) {
  return openSqliteStore({ path, clock: manualClock(), random: systemRandom, onError: () => {} })
}

async function modeOf(path: string) {
  return ((await stat(path)).mode & 0o777).toString(8)
}

describe('opening a session database', () => {
  it('creates the directories and files that are missing, for this user alone', async () => {
    await using place = await sqlitePlace()
    const dir = join(place.dir, 'data', 'deep')
    const path = join(dir, 'sessions.db')

    const store = await open(path)
    await store.add(storeKey('k'), recordAt(0))

    expect(await Promise.all([join(dir, '..'), dir].map(modeOf))).toEqual(['700', '700'])
    expect(await Promise.all([path, `${path}-wal`, `${path}-shm`].map(modeOf))).toEqual([
      '600',
      '600',
      '600',
    ])
    await store.close()
  })

  it('leaves the rights of what is there as they are', async () => {
    await using place = await sqlitePlace()
    await writeFile(place.path, '')
    await chmod(place.path, 0o640)
    await chmod(place.dir, 0o750)

    await place.open()

    expect(await Promise.all([place.dir, place.path].map(modeOf))).toEqual(['750', '640'])
  })

  it('leaves one tidy file behind when the last one closes', async () => {
    await using place = await sqlitePlace()
    const [first, second] = await Promise.all([place.open(), place.open()])
    await first.add(storeKey('k'), recordAt(place.clock.now()))

    await Promise.all([first.close(), second.close()])

    await expect(stat(`${place.path}-wal`)).rejects.toThrow('ENOENT')
    expect(place.peek('SELECT count(*) FROM sessions')).toBe(1)
  })

  it('works for many who open one missing file at once', async () => {
    await using place = await sqlitePlace()

    const stores = await Promise.all(Array.from({ length: 4 }, () => place.open()))

    const record = recordAt(place.clock.now())
    for (const [index, store] of stores.entries()) await store.add(storeKey(`k${index}`), record)
    expect(await stores[0]?.count()).toBe(4)
  })

  it.each([
    ['a line of text', 'hello', 'is not a database; move it away'],
    ['a file of something else', 'x'.repeat(9000), 'is not a database; move it away'],
  ])('refuses %s, and leaves it as it is', async (_what, content, problem) => {
    await using place = await sqlitePlace()
    await writeFile(place.path, content)

    await expect(place.open()).rejects.toThrow(`${place.path} ${problem}`)

    expect(await readFile(place.path, 'utf8')).toBe(content)
  })

  it('refuses a directory, and a place below a file', async () => {
    await using place = await sqlitePlace()
    await mkdir(join(place.dir, 'folder'))
    await writeFile(join(place.dir, 'file'), '')
    const below = join(place.dir, 'file', 'sessions.db')

    await expect(open(join(place.dir, 'folder'))).rejects.toThrow('folder is not a file; set')
    await expect(open(below)).rejects.toThrow(`${below} cannot be read and written (ENOTDIR); let`)
  })

  it('refuses a place where no directory can be made', async () => {
    await expect(open('/proc/nowhere/sessions.db')).rejects.toThrow(
      '/proc/nowhere/sessions.db cannot be read and written (E',
    )
  })

  it("refuses another program's database, and leaves it as it is", async () => {
    await using place = await sqlitePlace()
    const theirs = place.connect()
    theirs.exec('CREATE TABLE kittens (name TEXT)')
    theirs.close()
    const before = await readFile(place.path)

    await expect(place.open()).rejects.toThrow(`${place.path} belongs to another program; set`)

    expect(before.equals(await readFile(place.path))).toBe(true)
  })

  it('refuses a format that a newer version wrote', async () => {
    await using place = await sqlitePlace()
    await (await place.open()).close()
    const newer = place.connect()
    newer.pragma('user_version = 2')
    newer.close()

    await expect(place.open()).rejects.toThrow(
      `${place.path} has format 2 and this version knows 1; run the newer`,
    )
  })
})
