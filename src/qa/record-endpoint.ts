// POST /qa/record: starts and stops the recording that `qa.record` would have started with the gateway.
import type { FastifyInstance } from 'fastify'
import { bad, fieldsIn } from './asked.ts'
import type { QaContext } from './context.ts'
import type { Recorder, RecordingStatus } from './record/recorder.ts'

/** The recorder, for whoever does not choose where it writes. */
export interface RecordSwitch extends Pick<Recorder, 'status' | 'stop'> {
  /** Rejects when no file can be made. */
  start(): Promise<RecordingStatus>
}

export function recordEndpoint(app: FastifyInstance, context: QaContext): void {
  const { recorder } = context
  app.post('/qa/record', async (request) => {
    const { on } = fieldsIn(request.body, ['on'], context)
    if (typeof on !== 'boolean') throw bad('Write on: true, or on: false')
    if (on) return { recording: recorder.status ?? (await started()) }
    return { recording: false, written: (await recorder.stop()) ?? null }
  })

  async function started(): Promise<RecordingStatus> {
    try {
      return await recorder.start()
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
      throw bad(`No recording can be written there${why}: set qa.record to another file`)
    }
  }
}
