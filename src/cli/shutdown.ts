// SIGTERM and SIGINT let what is under way finish, 25 s at most; repeats change nothing.
import closeWithGrace from 'close-with-grace'
import type { Gateway } from '../gateway.ts'
import { systemClock } from '../lib/clock.ts'
import { drain } from './drain.ts'

/** Platforms kill 30 s after they asked. */
const DRAIN_MS = 25_000

/** `after` runs once the gateway has closed. The process ends with 0, or with 1 where something had to be cut off. */
export function closeOnSignal(gateway: Gateway, after?: () => Promise<void>): void {
  const { log } = gateway.app.coatcheck
  const grace = closeWithGrace(
    {
      delay: DRAIN_MS,
      logger: false,
      // Its own listeners would end the process at the second signal; crashes are told elsewhere.
      skip: [...EVENTS],
      onTimeout: () => log.warn({ event: 'stopped' }, 'time is up, what was under way is cut off'),
    },
    async () => {
      try {
        await drain(gateway.app.server, systemClock)
        await gateway.close()
        await after?.()
      } catch (error) {
        log.error({ event: 'stopped', err: error }, 'the gateway did not close cleanly')
        throw error
      }
    },
  )
  let closing = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (closing) return
      closing = true
      log.info({ event: 'stopping', signal }, 'finishing what is under way')
      grace.close()
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
