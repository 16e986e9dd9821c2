// When each call of a recording is made again.
import { type Clock, pause } from '../../lib/clock.ts'
import type { RecordedCall } from './recorded-call.ts'

export type Pace =
  /** Recorded order and overlap, without the pauses. */
  | { readonly kind: 'order' }
  /** With the pauses as well. */
  | { readonly kind: 'recorded' }
  /** Each browser by itself, one call after another, all at once. */
  | { readonly kind: 'fastest' }
  /** Each browser's own order, but who comes next is thrown with the dice. */
  | { readonly kind: 'reorder'; readonly below: (n: number) => number }

export interface PlayOptions {
  readonly pace: Pace
  readonly clock: Clock
  /** Who makes a call: a browser keeps its own order. */
  browserOf(call: RecordedCall): string
  /** Never rejects. */
  send(call: RecordedCall): Promise<void>
  stopped(): boolean
}

const MOST_UNDER_WAY = 64
/** Out of so many the next is chosen. */
const CHOICE = 256
const STEP_MS = 200

/** `calls` as they began. Resolves when the last has been answered. */
export async function play(
  calls: AsyncIterable<RecordedCall>,
  options: PlayOptions,
): Promise<void> {
  const { pace } = options
  if (pace.kind === 'reorder') return playReordered(calls, options, pace.below)
  const underWay = new Set<{ call: RecordedCall; done: Promise<void> }>()
  const waitFor = (which: (call: RecordedCall) => boolean) =>
    Promise.all([...underWay].filter(({ call }) => which(call)).map(({ done }) => done))
  const last = new Map<string, Promise<void>>()
  let from: { recorded: number; now: number } | undefined
  for await (const call of calls) {
    if (options.stopped()) break
    if (pace.kind !== 'fastest') await waitFor(({ ended }) => ended < call.began)
    while (underWay.size >= MOST_UNDER_WAY)
      await Promise.race([...underWay].map(({ done }) => done))
    if (pace.kind === 'recorded') {
      from ??= { recorded: call.startedAt, now: options.clock.now() }
      await until(options, from.now + call.startedAt - from.recorded)
      if (options.stopped()) break
    }
    const browser = options.browserOf(call)
    const before = pace.kind === 'fastest' ? last.get(browser) : undefined
    const one = { call, done: before ? before.then(() => options.send(call)) : options.send(call) }
    one.done = one.done.finally(() => {
      underWay.delete(one)
      if (last.get(browser) === one.done) last.delete(browser)
    })
    underWay.add(one)
    if (pace.kind === 'fastest') last.set(browser, one.done)
  }
  await waitFor(() => true)
}

/** One after another, so that the same dice give the same history. */
async function playReordered(
  calls: AsyncIterable<RecordedCall>,
  options: PlayOptions,
  below: (n: number) => number,
): Promise<void> {
  const queues = new Map<string, RecordedCall[]>()
  let waiting = 0
  const next = async () => {
    const browsers = [...queues.keys()]
    const browser = browsers[below(browsers.length)] ?? ''
    const queue = queues.get(browser) ?? []
    const call = queue.shift()
    if (queue.length === 0) queues.delete(browser)
    waiting--
    if (call) await options.send(call)
  }
  for await (const call of calls) {
    if (options.stopped()) return
    const browser = options.browserOf(call)
    const queue = queues.get(browser)
    if (queue) queue.push(call)
    else queues.set(browser, [call])
    if (++waiting >= CHOICE) await next()
  }
  while (waiting > 0 && !options.stopped()) await next()
}

/** In steps, so that a stop is noticed within a long pause. */
async function until({ clock, stopped }: PlayOptions, at: number): Promise<void> {
  for (let ms = at - clock.now(); ms > 0 && !stopped(); ms = at - clock.now()) {
    await pause(clock, Math.min(ms, STEP_MS))
  }
}
