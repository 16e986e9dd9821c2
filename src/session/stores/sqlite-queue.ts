// Calls on their way to the writing thread: what arrives while a batch is under way makes up the next one.
import type { Clock } from '../../lib/clock.ts'
import { StoreUnreachableError } from '../store.ts'
import type { Call, Outcome } from './sqlite-batch.ts'
import { unreachable } from './sqlite-failure.ts'
import type { OperationArguments, OperationName, OperationResult } from './sqlite-operations.ts'
import { startThread, type Thread } from './sqlite-thread.ts'

export interface Queue {
  /** Resolves once the outcome is committed; rejects with StoreUnreachableError only. */
  run<Name extends OperationName>(
    name: Name,
    ...args: OperationArguments<Name>
  ): Promise<OperationResult<Name>>
  /** Finishes what was asked for before, then closes the database. */
  close(): Promise<void>
}

export interface QueueOptions {
  readonly path: string
  readonly clock: Clock
  /** A batch was committed; its callers have not been told yet. */
  readonly onCommit: () => void
  /** The writing thread died; another one is on its way. */
  readonly onError: (error: unknown) => void
}

interface Pending {
  readonly call: Call
  readonly settle: (outcome: Outcome) => void
  readonly fail: (error: Error) => void
}

/** Few enough that writing one batch, or hearing of its outcomes, delays nobody for long. */
const CALLS_AT_ONCE = 128
const START_AGAIN_MS = 1000

/** Rejects in one sentence when the database cannot be opened. */
export async function openQueue({ path, clock, onCommit, onError }: QueueOptions): Promise<Queue> {
  const waiting: Pending[] = []
  let underWay: Pending[] = []
  let thread: Thread | undefined
  /** Why there is no thread, while none is being started. */
  let down: Error | undefined
  let starting: Promise<void> | undefined
  let closing: Promise<void> | undefined
  let cancelStart = () => {}
  let onIdle = () => {}

  async function start(): Promise<void> {
    thread = await startThread(path, { onDone, onDeath })
    down = undefined
  }

  async function startAgain(): Promise<void> {
    try {
      await start()
    } catch (cause) {
      down = new StoreUnreachableError('The session database cannot be opened', { cause })
      for (const { fail } of waiting.splice(0)) fail(down)
      cancelStart = clock.after(START_AGAIN_MS, () => {
        starting = startAgain()
      })
      onError(down)
    }
    next()
  }

  function next(): void {
    if (underWay.length > 0) return
    if (waiting.length === 0) {
      thread?.rest()
      onIdle()
      return
    }
    if (!thread) return
    underWay = waiting.splice(0, CALLS_AT_ONCE)
    try {
      thread.send({ now: clock.now(), calls: underWay.map(({ call }) => call) })
    } catch (cause) {
      const error = new StoreUnreachableError('The session store was given a strange value', {
        cause,
      })
      for (const { fail } of underWay.splice(0)) fail(error)
      next()
    }
  }

  function onDone(outcomes: readonly Outcome[]): void {
    const done = underWay
    underWay = []
    // First of all, so that the thread works while the callers do.
    next()
    onCommit()
    for (const [index, outcome] of outcomes.entries()) done[index]?.settle(outcome)
  }

  function onDeath(cause: unknown): void {
    const error = new StoreUnreachableError('The writer of the session database died', { cause })
    thread = undefined
    for (const { fail } of underWay.splice(0)) fail(error)
    starting = startAgain()
    onError(error)
  }

  async function finish(): Promise<void> {
    cancelStart()
    await starting
    await new Promise<void>((resolve) => {
      onIdle = resolve
      next()
    })
    await starting
    cancelStart()
    await thread?.stop()
  }

  await start()
  next()
  return {
    run(name, ...args) {
      if (closing) return Promise.reject(new StoreUnreachableError('The session store is closed'))
      if (down) return Promise.reject(down)
      return new Promise((resolve, reject) => {
        const settle = (outcome: Outcome) => {
          if ('failure' in outcome) reject(unreachable(outcome.failure))
          else resolve(outcome.value as OperationResult<typeof name>)
        }
        waiting.push({ call: { name, args }, settle, fail: reject })
        // Only when this turn is over: what else it asks for goes along.
        if (waiting.length === 1) queueMicrotask(next)
      })
    },
    close() {
      closing ??= finish()
      return closing
    },
  }
}
