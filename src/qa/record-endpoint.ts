// POST /qa/record: starts and stops the recording that `qa.record` would have started with the gateway.
import type { FastifyInstance } from 'fastify'
import { bad, fieldsIn } from './asked.ts'
import type { QaContext } from './context.ts'

/** What a recording has come to; times are epoch ms. */
export interface RecordingView {
  readonly file: string
  readonly startedAt: number
  readonly entries: number
  readonly bytes: number
  readonly dropped: number
}

export interface RecordSwitch {
  /** Undefined while nothing is recorded. */
  readonly status: RecordingView | undefined
  /** Rejects when no file can be made. */
  start(): Promise<RecordingView>
  /** Resolves to what was written, once the file is whole. */
  stop(): Promise<RecordingView | undefined>
}

export function recordEndpoint(app: FastifyInstance, context: QaContext): void {
  const { recorder } = context
  app.post('/qa/record', async (request) => {
    const { on } = fieldsIn(request.body, ['on'], context)
    if (typeof on !== 'boolean') throw bad('Write on: true, or on: false')
    if (on) return { recording: recorder.status ?? (await started()) }
    return { recording: false, written: (await recorder.stop()) ?? null }
  })

  async function started(): Promise<RecordingView> {
    try {
      return await recorder.start()
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
      throw bad(`No recording can be written there${why}: set qa.record to another file`)
    }
  }
}
