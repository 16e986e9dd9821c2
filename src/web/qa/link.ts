// What this page knows of the bench, kept up to date: asked for, and told of as it happens. It never gives up.
import type { BenchEvent } from '../../qa/timeline-events.ts'
import type { BenchState } from './answers.ts'
import type { Answer, Asking } from './asking.ts'
import { type CallLog, createCallLog } from './call-log.ts'
import { eventsIn } from './event-stream.ts'

export interface LinkView {
  readonly state: BenchState | undefined
  /** `locked`: it wants the token, or another one than it got. */
  readonly status: 'asking' | 'there' | 'gone' | 'locked'
  /** Somebody has typed one, and it was not it. */
  readonly wrongToken: boolean
  /** What to add to this machine's clock for the gateway's, in ms. */
  readonly aheadMs: number
}

export interface Link {
  readonly log: CallLog
  /** Epoch ms of the log's own zero. */
  readonly base: number
  /** Whether the bench asks for one. */
  readonly hasToken: boolean
  view(): LinkView
  subscribe(listener: () => void): () => void
  /** Asks, and then for the state, which may be another. */
  post<Body>(path: string, fields: object): Promise<Answer<Body>>
  get<Body>(path: string): Promise<Answer<Body>>
  unlock(token: string): void
  /** By the gateway's clock. */
  now(): number
  close(): void
}

export interface LinkOptions {
  readonly asking: Asking
  /** Epoch ms. */
  readonly now: () => number
}

const EVERY_MS = 5000
const SOON_MS = 200
/** Between two tries to reach a gateway that is gone. */
const AGAIN_MS = 1500
const MINUTE_MS = 60_000

export function openLink({ asking, now }: LinkOptions): Link {
  const listeners = new Set<() => void>()
  const closing = new AbortController()
  const base = Math.floor(now() / MINUTE_MS) * MINUTE_MS
  const log = createCallLog(base)
  let view: LinkView = { state: undefined, status: 'asking', wrongToken: false, aheadMs: 0 }
  let typed = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = 0
  let watching = false

  function show(next: Partial<LinkView>): void {
    view = { ...view, ...next }
    for (const listener of listeners) listener()
  }

  function look(ms: number): void {
    clearTimeout(timer)
    if (!closing.signal.aborted) timer = setTimeout(() => void ask(), ms)
  }

  async function ask(): Promise<void> {
    const turn = ++asked
    const answer = await asking.get<BenchState>('/qa/state')
    // A later question has been asked, and its answer is the better one.
    if (turn !== asked || closing.signal.aborted) return
    if (answer.kind === 'ok') {
      show({ state: answer.body, status: 'there', aheadMs: answer.body.now - now() })
      void watch()
      look(EVERY_MS)
    } else if (answer.kind === 'locked') {
      show({ status: 'locked', wrongToken: typed })
    } else {
      show({ status: 'gone' })
      look(AGAIN_MS)
    }
  }

  /** One stream at a time; when it ends, whoever asks next begins another. */
  async function watch(): Promise<void> {
    if (watching) return
    watching = true
    const answer = await asking.stream('/qa/events', closing.signal)
    try {
      if (answer?.body) for await (const event of eventsIn(answer.body)) take(event as BenchEvent)
    } catch {
      // Cut off: the same as an end.
    }
    watching = false
    look(answer ? SOON_MS : AGAIN_MS)
  }

  function take(event: BenchEvent): void {
    log.add(event)
    if (event.kind !== 'call' || event.persona !== undefined) look(SOON_MS)
  }

  void ask()
  return {
    log,
    base,
    get hasToken() {
      return asking.hasToken
    },
    view: () => view,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async post(path, fields) {
      const answer = await asking.post<never>(path, fields)
      await ask()
      return answer
    },
    get: (path) => asking.get(path),
    unlock(token) {
      asking.setToken(token)
      typed = true
      show({ status: 'asking', wrongToken: false })
      void ask()
    },
    now: () => now() + view.aheadMs,
    close() {
      closing.abort()
      clearTimeout(timer)
      listeners.clear()
    },
  }
}
