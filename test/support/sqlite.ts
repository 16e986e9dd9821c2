// SQLite session stores in a directory of their own, closed and removed when the test is over.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { Clock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { openSqliteStore } from '../../src/session/stores/sqlite.ts'
import { manualClock } from './clock.ts'

export interface SqlitePlace extends AsyncDisposable {
  readonly dir: string
  /** The database file that `open` opens. */
  readonly path: string
  /** The clock of every store that was not given its own. */
  readonly clock: ReturnType<typeof manualClock>
  /** What the stores reported to `onError`. */
  readonly errors: unknown[]
  open(clock?: Clock): Promise<SessionStore>
  /** Moves time on at once, and resolves when every open store has done what fell due. */
  advance(ms: number): Promise<void>
  /** One value, or the first column of the first row, read past the store. */
  peek(sql: string): unknown
  /** A connection of somebody else, closed when the test is over. */
  connect(): Database.Database
}

export async function sqlitePlace(): Promise<SqlitePlace> {
  const dir = await mkdtemp(join(tmpdir(), 'coatcheck-'))
  const path = join(dir, 'sessions.db')
  const clock = manualClock()
  const errors: unknown[] = []
  const stores: SessionStore[] = []
  const connections: Database.Database[] = []

  function connect() {
    const connection = new Database(path)
    connections.push(connection)
    return connection
  }

  return {
    dir,
    path,
    clock,
    errors,
    connect,
    async open(own = clock) {
      const onError = (error: unknown) => errors.push(error)
      const store = await openSqliteStore({ path, clock: own, random: systemRandom, onError })
      stores.push(store)
      return store
    },
    async advance(ms) {
      clock.jump(ms)
      await settle(stores)
    },
    peek(sql) {
      const connection = connect()
      try {
        return connection.prepare(sql).pluck().get()
      } finally {
        connection.close()
      }
    },
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.close()
      await Promise.all(stores.map((store) => store.close()))
      await rm(dir, { recursive: true })
    },
  }
}

/** Resolves when what was asked of `stores` before is done: each answers in turn, and has rested since. */
export async function settle(stores: readonly SessionStore[]): Promise<void> {
  await Promise.all(stores.map((store) => store.ping().catch(() => {})))
  await setImmediate()
}
