// From a configuration to a gateway that runs, has said so, and stops when it is told to.
import type { Config, RecordConfig } from '../config/config.ts'
import type { RecordingStatus } from '../qa/record/recorder.ts'
import { type CommandIo, EXIT } from './io.ts'
import { closeOnSignal } from './shutdown.ts'
import { whyNotStarted } from './start-failure.ts'
import { summaryText } from './summary.ts'
import { packageVersion } from './version.ts'

export interface StartOptions {
  /** Printed below the summary. */
  readonly footer?: string
  /** Run once the gateway has closed. */
  readonly closeAfter?: () => Promise<void>
  /** Recorded from the start. */
  readonly record?: RecordConfig
}

/** Where it cannot start: one sentence on stderr and exit code 1. */
export async function startGateway(
  config: Config,
  io: CommandIo,
  { footer = '', closeAfter, record }: StartOptions = {},
): Promise<void> {
  // The other commands start without the server's code.
  const { openGateway } = await import('../gateway.ts')
  try {
    const gateway = await openGateway({ config, ...(record ? { record } : {}) })
    const { store, recorder } = gateway.app.coatcheck
    const live = await store.count()
    closeOnSignal(gateway, async () => {
      io.stdout(recordedText(recorder.written))
      await closeAfter?.()
    })
    const readyMs = process.uptime() * 1000
    const { url, operatorsUrl } = gateway
    const { about } = store
    const facts = { version: packageVersion(), readyMs, config, url, operatorsUrl, live, about }
    const { status } = recorder
    const recording = status === undefined ? '' : `\n  Recording to ${status.file}\n`
    io.stdout(summaryText({ ...facts, cwd: io.cwd, colour: io.isTty }) + recording + footer)
  } catch (error) {
    const why = whyNotStarted(error, config)
    if (why === undefined) throw error
    io.stderr(`${why}\n`)
    io.exit(EXIT.failed)
  }
}

/** Where the recording is that has ended, and what it holds; empty where there was none. */
function recordedText(written: RecordingStatus | undefined): string {
  if (!written) return ''
  const { file, entries, dropped } = written
  const calls = `${entries} ${entries === 1 ? 'call' : 'calls'}`
  const missing = dropped === 0 ? '' : `; ${dropped} more could not be written`
  return `\nWritten: ${file}, ${calls}${missing}\n`
}
