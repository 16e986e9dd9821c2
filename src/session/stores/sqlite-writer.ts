// The thread that writes: it alone changes the database, one batch after the other, and reads no clock.
import { parentPort, workerData } from 'node:worker_threads'
import { type Batch, createBatchRunner, type Outcome } from './sqlite-batch.ts'
import { type Failure, failureOf, refusal } from './sqlite-failure.ts'
import { openForWriting } from './sqlite-schema.ts'

export interface WriterData {
  readonly path: string
}

export type ToWriter =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'close' }

export type FromWriter =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'done'; readonly outcomes: readonly Outcome[] }

if (parentPort) serve(parentPort, workerData as WriterData)

function serve(port: NonNullable<typeof parentPort>, { path }: WriterData) {
  const answer = (message: FromWriter) => port.postMessage(message)
  try {
    const db = openForWriting(path)
    const run = createBatchRunner(db)
    port.on('message', (message: ToWriter) => {
      if (message.kind === 'batch') return answer({ kind: 'done', outcomes: run(message.batch) })
      db.close()
      port.close()
    })
    answer({ kind: 'ready' })
  } catch (error) {
    answer({ kind: 'refused', failure: { message: refusal(path, failureOf(error)) } })
  }
}
