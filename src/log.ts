// The log: one JSON line an event, buffered, without anything that could open a session.
import { type DestinationStream, destination, type Logger, pino } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Whole lines, never more than a pipe takes at once: several processes may write to the same one. */
const BUFFER = { minLength: 3072, maxWrite: 4096, periodicFlush: 1000 }

/** Writes to standard output unless `to` is given; what is buffered is written within a second. */
export function createLog(level: LogLevel, to?: DestinationStream): Logger {
  const stream = to ?? destination({ dest: 1, sync: false, ...BUFFER })
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream)
}
