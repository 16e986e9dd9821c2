// The line to Redis: opened again when it closes. While it is known to be down nobody waits for it.
import type { Command, Redis } from 'ioredis'
import type { Clock } from '../../lib/clock.ts'
import type { RedisClient } from './redis-client.ts'
import { LineDownError, messageOf, NotSentError, TimeoutError } from './redis-failure.ts'
import { within } from './redis-within.ts'

export interface Line {
  /** Rejects when the first attempt fails, with its error. */
  open(): Promise<void>
  /** Waits for a line that is just being opened again. Rejects with NotSentError where nothing was written, with LineDownError where nobody is there to write to. */
  send(command: Command): Promise<unknown>
  /** Nobody waits for `command` any more: it is not sent where it was not yet, and the connection it went by is destroyed. */
  drop(command: Command): void
  /** Destroys the connection that `command` would go by. */
  distrust(command: Command): void
  /** As those of the client; none while the line is down. */
  masters(): readonly Redis[]
  tags(): readonly string[]
  close(): void
}

export interface LineOptions {
  readonly create: () => RedisClient
  /** How long the first attempt may take. */
  readonly openMs: number
  /** Whoever waits for an attempt waits no longer. */
  readonly timeoutMs: number
  readonly timer: Clock
  /** Told once for each outage. */
  readonly onDown: (error: unknown) => void
}

/** The way there, TLS, the sign-in and a first look take several times what a command takes. */
export const ATTEMPT_MS = 2000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 500

export function createLine({ create, openMs, timeoutMs, timer, onDown }: LineOptions): Line {
  let client: RedisClient | undefined
  let opening: Promise<RedisClient> | undefined
  /** Why the last attempt failed; undefined while the line is up, or may be up in a moment. */
  let down: { readonly error: unknown } | undefined
  let pause = FIRST_PAUSE_MS
  let closed = false
  let attempted: RedisClient | undefined
  const sentBy = new WeakMap<Command, RedisClient>()
  const givenUp = new WeakSet<Command>()
  let cancelRetry = () => {}

  async function attempt(ms: number): Promise<RedisClient> {
    const fresh = create()
    attempted = fresh
    try {
      await within(timer, ms, fresh.connect())
    } catch (error) {
      fresh.dropAll()
      throw error
    }
    if (closed) {
      fresh.dropAll()
      throw new Error('closed')
    }
    fresh.onEnd(() => retire(fresh))
    client = fresh
    down = undefined
    pause = FIRST_PAUSE_MS
    return fresh
  }

  /** Nobody uses it again; the next is on its way at once. */
  function retire(old: RedisClient): void {
    if (client !== old) return
    client = undefined
    old.dropAll()
    if (!closed) void reopen()
  }

  function openOnce(ms: number): Promise<RedisClient> {
    opening ??= attempt(ms).finally(() => {
      opening = undefined
    })
    return opening
  }

  function tellDown(error: unknown): void {
    if (closed || client) return
    if (!down) onDown(error)
    down = { error }
  }

  async function reopen(): Promise<void> {
    const cancel = timer.after(timeoutMs, () => tellDown(new TimeoutError(timeoutMs)))
    try {
      await openOnce(Math.max(timeoutMs, ATTEMPT_MS))
      cancel()
    } catch (error) {
      cancel()
      if (closed) return
      tellDown(error)
      cancelRetry = timer.after(pause, () => void reopen())
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2)
    }
  }

  async function clientNow(): Promise<RedisClient> {
    if (client?.isUp()) return client
    // It has closed, and the news of it is on its way.
    if (client) retire(client)
    if (down) throw new LineDownError(down.error)
    try {
      return await (opening ?? Promise.reject(new Error('Redis is not connected')))
    } catch (error) {
      throw new LineDownError(error)
    }
  }

  return {
    async open() {
      await openOnce(openMs)
    },
    async send(command) {
      const up = client?.isUp() ? client : await clientNow()
      if (givenUp.has(command)) throw new NotSentError(new TimeoutError(timeoutMs))
      sentBy.set(command, up)
      try {
        return await up.send(command)
      } catch (error) {
        // ioredis says so where it did not write: its queue for later is turned off.
        throw /isn't (writeable|ready)/.test(messageOf(error)) ? new NotSentError(error) : error
      }
    },
    drop(command) {
      givenUp.add(command)
      const by = sentBy.get(command)
      // One that has been replaced since took everything with it.
      if (by && by === client && !by.drop(command)) retire(by)
    },
    distrust(command) {
      if (client && !client.drop(command)) retire(client)
    },
    masters: () => (client?.isUp() ? client.masters() : []),
    tags: () => (client?.isUp() ? client.tags() : []),
    close() {
      closed = true
      cancelRetry()
      attempted?.dropAll()
      client?.dropAll()
      client = undefined
    },
  }
}
