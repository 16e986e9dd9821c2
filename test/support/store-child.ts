// A process that opens the session store it is told of, and does with it what its parent asks.
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { errorCode } from '../../src/proxy/failure.ts'
import type { StoreKey } from '../../src/session/session.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { SESSION_TOPIC, StoreUnreachableError } from '../../src/session/store.ts'
import { openSqliteStore } from '../../src/session/stores/sqlite.ts'
import { recordAt, sealedFor, storeKey } from './records.ts'
import type { Question, Told } from './store-process.ts'

const [path = ''] = process.argv.slice(2)
const errors: unknown[] = []
const store = await openSqliteStore({
  path,
  clock: systemClock,
  random: systemRandom,
  onError: (error) => errors.push(error),
})

function tell(told: Told): void {
  process.send?.(told)
}

async function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case 'call':
      return call(question.method, question.args)
    case 'storm':
      for (const lane of 'abcdefgh') void storm(`${question.name}-${lane}`)
      return undefined
    case 'fill the disk':
      return fill(`${path}.filler`)
    case 'free the disk':
      return unlinkSync(`${path}.filler`)
    case 'errors':
      return errors.map(String)
  }
}

async function call(method: keyof SessionStore, args: readonly unknown[]): Promise<unknown> {
  const run = store[method] as (...args: readonly unknown[]) => Promise<unknown>
  const value = await run(...args)
  return method === 'lease' ? value !== undefined : value
}

/** Session after session until somebody kills us. */
async function storm(name: string): Promise<never> {
  for (let n = 0; ; n += 1) await live(storeKey(`${name}-${n}`), n).catch(() => {})
}

/** A session's life, or the first part of it; told of each step once it is acknowledged. */
async function live(key: StoreKey, n: number): Promise<void> {
  const record = recordAt(Date.now(), { sealed: sealedFor(key, 1) })
  await store.add(key, record)
  tell({ kind: 'written', key, revision: 1 })
  if (n % 2 === 0) return
  await store.replace(key, { ...record, revision: 2, sealed: sealedFor(key, 2) })
  tell({ kind: 'written', key, revision: 2 })
  if (n % 4 === 1) return
  await store.delete(key, 'signed_out', Date.now())
  tell({ kind: 'written', key, revision: 3 })
}

function fill(filler: string): void {
  const file = openSync(filler, 'w')
  try {
    for (const size of [65_536, 4096, 1]) {
      try {
        for (;;) writeSync(file, new Uint8Array(size))
      } catch {
        // Full, for pieces of this size.
      }
    }
  } finally {
    closeSync(file)
  }
}

store.subscribe(SESSION_TOPIC, (key) => tell({ kind: 'heard', key }))
process.on('disconnect', () => process.exit())
process.on('message', async (question: Question) => {
  try {
    tell({ kind: 'answer', value: await answer(question) })
  } catch (error) {
    const unreachable = error instanceof StoreUnreachableError
    tell({ kind: 'failed', unreachable, text: `${error}`, code: errorCode(error) })
  }
})
tell({ kind: 'open' })
