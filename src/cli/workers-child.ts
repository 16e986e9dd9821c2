// One worker as seen by the process that started it.
import { fork } from 'node:child_process'
import type { Socket } from 'node:net'
import type { MetricsSnapshot } from '../http/metrics.ts'
import type { Clock } from '../lib/clock.ts'
import type { Desk } from '../session/desk.ts'
import type { StoreAbout } from '../session/store.ts'
import type { FromWorker, ToWorker } from './workers-messages.ts'

export interface WorkerEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Worker {
  readonly pid: number | undefined
  /** Resolves to the number of live sessions once it serves; to undefined where it ended before. */
  readonly ready: Promise<number | undefined>
  /** What its store says of itself, once it serves. */
  readonly about?: StoreAbout | undefined
  readonly ended: Promise<WorkerEnd>
  /** Resolves to false where it ended without taking the connection, of which nothing has been read then. */
  take(socket: Socket): Promise<boolean>
  /** Whether its store takes reads and writes; undefined where it does not say so within a second. */
  storeAnswers(): Promise<boolean | undefined>
  /** What it has counted, or had when it was asked last. */
  metrics(): Promise<MetricsSnapshot>
  /** What it answers operators; `unreachable` where it does not answer. */
  readonly desk: Desk
  /** It takes nobody new, serves whoever is in and ends. */
  drain(): void
  kill(): void
}

/** Longer, and it does not count as an answer. */
const ANSWER_MS = 1000
/** Longer than a store may take for many sessions. */
const DESK_MS = 35_000

/**
 * Where several share a machine, memory is what is short: a young generation of this many MB takes a third off each, and
 * costs no time that could be measured.
 */
const SMALL = '--max-semi-space-size=4'

export interface WorkerStart {
  /** The command line of `serve`, without the command. */
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

export function startWorker(program: string, { args, env }: WorkerStart, clock: Clock): Worker {
  const flags = process.execArgv
  const chosen = [...flags, process.env.NODE_OPTIONS].some((flag) => flag?.includes('semi-space'))
  const child = fork(program, ['worker', ...args], {
    execArgv: chosen ? flags : [SMALL, ...flags],
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ready = Promise.withResolvers<number | undefined>()
  const answers = new Map<number, (answer: FromWorker | undefined) => void>()
  let lastAsked = 0
  let taken: ((taken: boolean) => void) | undefined
  let latest: MetricsSnapshot = []
  let about: StoreAbout | undefined
  const ended = new Promise<WorkerEnd>((resolve) => {
    child.on('error', () => resolve({ code: null, signal: null }))
    // One turn more, for what it said at last. Its channel's own end is not always told.
    child.on('exit', (code, signal) => setImmediate(resolve, { code, signal }))
  }).then((end) => {
    ready.resolve(undefined)
    settleTaken(false)
    for (const answer of answers.values()) answer(undefined)
    return end
  })

  child.on('message', (message: FromWorker) => {
    if (message.kind === 'ready') {
      about = message.about
      ready.resolve(message.live)
    } else if (message.kind === 'taken') settleTaken(true)
    else if (message.kind === 'last') latest = message.metrics
    else answers.get(message.id)?.(message)
  })

  function settleTaken(outcome: boolean): void {
    taken?.(outcome)
    taken = undefined
  }

  function send(message: ToWorker): void {
    // Whoever has ended does not hear it, and says so by having ended.
    if (child.connected) child.send(message, () => undefined)
  }

  function ask(
    question: (id: number) => ToWorker,
    withinMs = ANSWER_MS,
  ): Promise<FromWorker | undefined> {
    if (!child.connected) return Promise.resolve(undefined)
    const id = ++lastAsked
    return new Promise((resolve) => {
      const settle = (answer: FromWorker | undefined) => {
        answers.delete(id)
        cancel()
        resolve(answer)
      }
      const cancel = clock.after(withinMs, () => settle(undefined))
      answers.set(id, settle)
      send(question(id))
    })
  }

  return {
    pid: child.pid,
    ready: ready.promise,
    ended,
    get about() {
      return about
    },
    take(socket) {
      if (!child.connected) return Promise.resolve(false)
      return new Promise((resolve) => {
        taken = resolve
        // Kept open here until it is taken: a worker that ends before leaves it whole.
        child.send(
          { kind: 'connection' } satisfies ToWorker,
          socket,
          { keepOpen: true },
          (error) => {
            if (error) settleTaken(false)
          },
        )
      })
    },
    async storeAnswers() {
      const answer = await ask((id) => ({ kind: 'ask', id, what: 'store' }))
      return answer?.kind === 'store' ? answer.answers : undefined
    },
    async metrics() {
      const answer = await ask((id) => ({ kind: 'ask', id, what: 'metrics' }))
      if (answer?.kind === 'metrics') latest = answer.metrics
      return latest
    },
    async desk(request) {
      const answer = await ask((id) => ({ kind: 'desk', id, request }), DESK_MS)
      return answer?.kind === 'desk' ? answer.answer : { kind: 'unreachable' }
    },
    drain: () => send({ kind: 'drain' }),
    kill: () => void child.kill('SIGKILL'),
  }
}
