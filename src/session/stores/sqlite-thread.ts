// One writing thread, from its start to its end, seen from the thread that asks.
import { Worker } from 'node:worker_threads'
import type { Batch, Outcome } from './sqlite-batch.ts'
import type { FromWriter, ToWriter, WriterData } from './sqlite-writer.ts'

export interface Thread {
  /** Starts a batch; while it is under way the process stays alive. */
  send(batch: Batch): void
  /** Nothing is under way: the process may end. */
  rest(): void
  /** Closes the database and ends the thread. */
  stop(): Promise<void>
}

export interface ThreadEvents {
  onDone(outcomes: readonly Outcome[]): void
  /** It ended without being asked to. */
  onDeath(cause: unknown): void
}

// Run from sources it is TypeScript like this file, and JavaScript once compiled.
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const ENTRY = new URL(`./sqlite-writer${extension}`, import.meta.url)

/** Resolves when the database is open; rejects in one sentence when it cannot be. */
export function startThread(path: string, { onDone, onDeath }: ThreadEvents): Promise<Thread> {
  const workerData: WriterData = { path }
  const worker = new Worker(ENTRY, { name: 'coatcheck-store', workerData, env: {} })
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  let stopping = false

  function tell(message: ToWriter) {
    worker.postMessage(message)
  }

  const thread: Thread = {
    send(batch) {
      worker.ref()
      tell({ kind: 'batch', batch })
    },
    rest: () => worker.unref(),
    async stop() {
      stopping = true
      worker.ref()
      tell({ kind: 'close' })
      await exited
    },
  }

  return new Promise((resolve, reject) => {
    let ready = false
    let cause: unknown
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'done') return onDone(message.outcomes)
      if (message.kind === 'refused') return reject(new Error(message.failure.message))
      ready = true
      resolve(thread)
    })
    worker.on('error', (error) => {
      cause = error
    })
    worker.once('exit', () => {
      reject(new Error('The writer of the session database did not start', { cause }))
      if (ready && !stopping) onDeath(cause)
    })
  })
}
