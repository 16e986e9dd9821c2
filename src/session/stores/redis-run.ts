// Runs scripts: each within its time, each reply checked to answer its own call. Rejects with StoreUnreachableError only.
import { Command } from 'ioredis'
import type { Clock } from '../../lib/clock.ts'
import {
  isDemoted,
  isUnknownScript,
  NotSentError,
  ReplyMismatchError,
  TimeoutError,
  unreachable,
} from './redis-failure.ts'
import type { Line } from './redis-line.ts'
import { AGAIN, type Script } from './redis-script.ts'
import { within } from './redis-within.ts'

type Argument = string | number | Buffer

/** Resolves to what the script returns: numbers, Buffers, lists of these; undefined and null for nothing. */
export type Run = (
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
) => Promise<unknown>

export interface Runner {
  readonly run: Run
  /** The connection that `key` is asked for on is not used again. */
  distrust(key: string): void
}

export interface RunnerOptions {
  readonly line: Line
  readonly timeoutMs: number
  readonly timer: Clock
  /** Tells this process's calls from every other's. */
  readonly name: string
  /** Told of each reply that was not ours. */
  readonly onMismatch: (error: unknown) => void
}

/** Tries of one call: another where nothing was written, or where doing it twice is doing it once. */
const TRIES = 3

export function createRunner({ line, timeoutMs, timer, name, onMismatch }: RunnerOptions): Runner {
  let calls = 0

  /** One command and its answer, with the mark that the answer must bear. */
  async function ask(
    verb: 'evalsha' | 'eval',
    script: Script,
    rest: readonly Argument[],
    endsAt: number,
    isRepeat: boolean,
  ): Promise<unknown> {
    calls += 1
    const mark = `${name}${calls.toString(36)}${isRepeat ? AGAIN : ''}`
    const source = verb === 'eval' ? script.text : script.sha
    const command = new Command(verb, [source, ...rest, mark])
    let reply: unknown
    try {
      reply = await within(timer, endsAt - timer.now(), line.send(command), timeoutMs)
    } catch (error) {
      // What comes late must not be taken for the answer to something else.
      if (error instanceof TimeoutError || isDemoted(error)) line.drop(command)
      throw error
    }
    if (Array.isArray(reply) && Buffer.isBuffer(reply[0]) && reply[0].toString() === mark) {
      return reply[1]
    }
    line.drop(command)
    const mismatch = new ReplyMismatchError()
    onMismatch(mismatch)
    throw mismatch
  }

  async function askByName(
    script: Script,
    rest: readonly Argument[],
    endsAt: number,
    isRepeat: boolean,
  ): Promise<unknown> {
    try {
      return await ask('evalsha', script, rest, endsAt, isRepeat)
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return ask('eval', script, rest, endsAt, isRepeat)
    }
  }

  return {
    async run(script, keys, args) {
      const rest = [keys.length, ...keys, ...args]
      const endsAt = timer.now() + timeoutMs
      let isRepeat = false
      for (let tries = 1; ; tries += 1) {
        try {
          return await askByName(script, rest, endsAt, isRepeat)
        } catch (error) {
          const isUnsent = error instanceof NotSentError
          const again = isUnsent || (script.repeatable && isConnection(error))
          isRepeat ||= !isUnsent
          if (!again || tries >= TRIES || timer.now() >= endsAt) throw unreachable(error, isRepeat)
        }
      }
    },
    distrust: (key) => line.distrust(new Command('get', [key])),
  }
}

/** Not what Redis answered, but that no answer could be had, or believed. */
function isConnection(error: unknown): boolean {
  if (error instanceof ReplyMismatchError) return true
  return error instanceof Error && /Connection is closed|ECONNRESET|EPIPE/.test(error.message)
}
