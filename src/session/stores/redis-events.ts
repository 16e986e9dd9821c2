// What was published, by this process or another, reaches this one's subscribers; and whether it does is tried all the time:
// every server sends a beat on the very way that events take, and what was sent before a beat has come before it.
import type { Redis } from 'ioredis'
import type { Clock } from '../../lib/clock.ts'
import { ANY_RECORD, SESSION_TOPIC } from '../store.ts'
import { connected, destroy } from './redis-client.ts'
import { readEventText } from './redis-event-text.ts'
import { ATTEMPT_MS } from './redis-line.ts'
import { within } from './redis-within.ts'
import type { Topics } from './topics.ts'

export interface Events {
  /** Resolves when events are known to arrive; rejects when they do not. */
  open(): Promise<void>
  /** Epoch ms of the last moment up to which every event is known to have arrived. */
  readonly provenAt: number
  close(): void
}

export interface EventsOptions {
  /** Everybody's channel. */
  readonly channel: string
  /** This process's own, for its beats. */
  readonly beatChannel: string
  /** A connection to listen on, not yet open. */
  readonly createListener: () => Redis
  /** A hash tag for each server that may send events. */
  readonly tags: () => readonly string[]
  /** Makes the server of a tag publish `text` to `beatChannel`; resolves when it has. */
  readonly sendBeat: (tag: string, text: string) => Promise<void>
  readonly topics: Topics
  readonly clock: Clock
  readonly timer: Clock
  /** How long the first link may take. */
  readonly openMs: number
  /** Told once for each outage of the link. */
  readonly onDown: (error: unknown) => void
}

/** Three of these and a round trip are within the second that promise 6 gives. */
const BEAT_MS = 300
/** Beats that every server sent and that never came: the link is dead, whatever the socket says. */
const LOST_BEATS = 3
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 500

interface Round {
  readonly sentAt: number
  /** Numbers of the servers whose beat has not come. */
  readonly missing: Set<number>
  /** True once every server has sent its beat. */
  sent: boolean
}

export function createEvents(options: EventsOptions): Events {
  const { channel, beatChannel, topics, clock, timer, openMs } = options
  let listener: Redis | undefined
  let links = 0
  let rounds = new Map<number, Round>()
  let roundNumber = 0
  let isSending = false
  let isDue = false
  let provenAt = -Infinity
  let pause = FIRST_PAUSE_MS
  let failing = false
  let closed = false
  let cancelBeat = () => {}
  let cancelRetry = () => {}
  let onProof = () => {}

  function hear(from: string, text: string): void {
    if (from === beatChannel) hearBeat(text)
    else if (from === channel) {
      const event = readEventText(text)
      if (event) topics.deliver(event.topic, event.message)
    }
  }

  function hearBeat(text: string): void {
    const [number = Number.NaN, server = Number.NaN] = text.split(' ').map(Number)
    const round = rounds.get(number)
    if (!round) return
    round.missing.delete(server)
    if (round.missing.size > 0) return
    provenAt = Math.max(provenAt, round.sentAt)
    for (const older of rounds.keys()) if (older <= number) rounds.delete(older)
    onProof()
  }

  /** One at a time, so that a server that hangs is not sent more and more. */
  async function beatInTurn(): Promise<void> {
    isDue = true
    if (isSending) return
    isSending = true
    while (isDue && !closed) {
      isDue = false
      await beatOnce()
    }
    isSending = false
  }

  async function beatOnce(): Promise<void> {
    const tags = options.tags()
    if (!listener || tags.length === 0) return
    roundNumber += 1
    const number = roundNumber
    const missing = new Set(tags.keys())
    const round: Round = { sentAt: clock.now(), missing, sent: false }
    rounds.set(number, round)
    const sent = await Promise.allSettled(
      tags.map((tag, n) => options.sendBeat(tag, `${number} ${n}`)),
    )
    // What could not be sent says nothing about the link.
    if (sent.some(({ status }) => status === 'rejected')) rounds.delete(number)
    round.sent = true
  }

  function beatAgain(): void {
    cancelBeat = clock.after(BEAT_MS, beatAgain)
    const lost = [...rounds.values()].filter(({ sent }) => sent).length
    if (listener && lost >= LOST_BEATS) {
      rounds.clear()
      destroy(listener)
      return
    }
    void beatInTurn()
  }

  async function link(ms: number): Promise<void> {
    const fresh = options.createListener()
    fresh.on('message', hear)
    try {
      const subscribed = connected(fresh).then(() => fresh.subscribe(channel, beatChannel))
      await within(timer, ms, subscribed)
      if (closed) throw new Error('closed')
    } catch (error) {
      destroy(fresh)
      throw error
    }
    // Beats from before say nothing about this link, nor does it tell what was published before.
    rounds = new Map()
    listener = fresh
    links += 1
    pause = FIRST_PAUSE_MS
    failing = false
    if (links > 1) topics.deliver(SESSION_TOPIC, ANY_RECORD)
    fresh.once('end', () => {
      if (listener !== fresh) return
      listener = undefined
      if (!closed) void linkAgain()
    })
    void beatInTurn()
  }

  async function linkAgain(): Promise<void> {
    try {
      await link(ATTEMPT_MS)
    } catch (error) {
      if (closed) return
      if (!failing) options.onDown(error)
      failing = true
      cancelRetry = timer.after(pause, () => void linkAgain())
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2)
    }
  }

  return {
    async open() {
      const proven = new Promise<void>((resolve) => {
        onProof = resolve
      })
      await link(openMs)
      await within(timer, openMs, proven)
      onProof = () => {}
      cancelBeat = clock.after(BEAT_MS, beatAgain)
    },
    get provenAt() {
      return provenAt
    },
    close() {
      closed = true
      cancelBeat()
      cancelRetry()
      if (listener) destroy(listener)
      listener = undefined
    },
  }
}
