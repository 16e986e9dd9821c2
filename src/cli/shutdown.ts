// What is under way finishes, 25 s at most, and then the process ends; being told again changes nothing.
import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import type { Gateway } from '../gateway.ts'
import { systemClock } from '../lib/clock.ts'
import { drain } from './drain.ts'

/** Platforms kill 30 s after they asked. */
export const DRAIN_MS = 25_000

export interface Ending {
  readonly log: Logger
  /** Lets nobody new in; resolves once what is under way has finished, to false where something was cut off. */
  empty(): Promise<boolean>
  /** Run after `empty`, in this order. */
  readonly closings: readonly (() => Promise<void>)[]
  /** Default: DRAIN_MS. */
  readonly withinMs?: number
}

/**
 * The returned function ends the process: with 0, or with 1 where something had to be cut off. Calling it again changes
 * nothing.
 */
export function createEnding(ending: Ending): () => void {
  const { log, empty, closings, withinMs = DRAIN_MS } = ending
  const grace = closeWithGrace(
    {
      delay: withinMs,
      logger: false,
      // Its own listeners would end the process at the second signal; crashes are told elsewhere.
      skip: [...EVENTS],
      onTimeout: () => log.warn({ event: 'stopped' }, 'time is up, what was under way is cut off'),
    },
    async () => {
      try {
        const whole = await empty()
        for (const close of closings) await close()
        if (!whole) process.exit(1)
      } catch (error) {
        log.error({ event: 'stopped', err: error }, 'the gateway did not close cleanly')
        throw error
      }
    },
  )
  let closing = false
  return () => {
    if (closing) return
    closing = true
    grace.close()
  }
}

/** `after` runs once the gateway has closed. */
export function closeOnSignal(gateway: Gateway, after: () => Promise<void> = async () => {}): void {
  const { log } = gateway.app.coatcheck
  const end = createEnding({
    log,
    async empty() {
      // They would last for as long as there is time.
      gateway.app.coatcheck.live.drain()
      await drain(gateway.app.server, systemClock)
      return true
    },
    closings: [() => gateway.close(), after],
  })
  onStopSignal(log, end)
}

/** Calls `end` at the first SIGTERM or SIGINT. */
export function onStopSignal(log: Logger, end: () => void): void {
  let told = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (told) return
      told = true
      log.info({ event: 'stopping', signal }, 'finishing what is under way')
      end()
    })
  }
}

const EVENTS: readonly closeWithGrace.AllEvents[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGUSR2',
  'SIGTERM',
  'uncaughtException',
  'unhandledRejection',
]
