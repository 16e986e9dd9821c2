// Watches who is signed in: asks when it is time, hears what other tabs heard, and tells whoever listens what differs.
import type { Browser } from './browser.ts'
import { createEvents } from './events.ts'
import { LONGEST_MS, type Pace, waitAfter, waitAfterFailure } from './pace.ts'
import { type Problem, ProblemError, unreachable } from './problem.ts'
import {
  doubt,
  learn,
  nothingKnown,
  type Session,
  type SessionAnswer,
  type SessionEvent,
  type SessionState,
} from './state.ts'
import { openTabs, type Tabs } from './tabs.ts'

/** The second argument is there when something happened to the session. */
export type Listener = (state: SessionState, event?: SessionEvent) => void

export interface Watch {
  readonly state: () => SessionState
  /** Whose page this is; see `Belief`. */
  readonly madeFor: () => Session | undefined
  readonly now: () => number
  readonly subscribe: (listener: Listener) => () => void
  /** Asks, or waits for what is being answered. */
  readonly look: () => Promise<void>
  /** Asks anew. */
  readonly check: () => Promise<SessionState>
  /** Takes what this page did itself, or found while doing it, and tells the other tabs. */
  readonly act: (answer: SessionAnswer, own: boolean) => void
  readonly close: () => void
}

export interface WatchOptions {
  readonly browser: Browser
  /** The same in every tab that is to be kept in step. */
  readonly name: string
  readonly pace: Pace
  /** Of the stream of events. */
  eventsUrl(): string
  /** Rejects with a `ProblemError`. */
  ask(signal: AbortSignal): Promise<SessionAnswer>
}

/** What tabs tell each other. `at`: when the request was sent that brought it. */
type News = { readonly at: number } & (
  | { readonly answer: SessionAnswer; readonly skew: number }
  | { readonly problem: Problem }
)

/** An answer that takes longer is none. */
const TIMEOUT_MS = 15_000

export function createWatch({ browser, name, pace, eventsUrl, ask }: WatchOptions): Watch {
  const listeners = new Set<Listener>()
  const aborts = new Set<AbortController>()
  let belief = nothingKnown
  let asOf = 0
  let skew = 0
  let failures = 0
  let asking: Promise<void> | undefined
  let tabs: Tabs | undefined
  let leading = false
  let timer: unknown
  let closed = false

  const clock = () => browser.Date.now()
  const now = () => clock() + skew
  const state = () => belief.state
  const events = createEvents({
    browser,
    url: eventsUrl,
    heard(answer) {
      if (answer) act(answer, false)
      else {
        asking = undefined
        void look()
      }
    },
    turned: () => plan(),
  })

  async function see(): Promise<void> {
    const at = clock()
    const abort = new AbortController()
    aborts.add(abort)
    const timeout = browser.setTimeout(() => abort.abort(), TIMEOUT_MS)
    let news: News
    try {
      const answer = await ask(abort.signal)
      news = { at, answer, skew: answer.now - clock() }
    } catch (error) {
      news = { at, problem: error instanceof ProblemError ? error.problem : unreachable() }
    }
    browser.clearTimeout(timeout)
    aborts.delete(abort)
    hear(news)
    tabs?.tell(news)
  }

  async function look(): Promise<void> {
    if (closed) return
    const flight = asking ?? see()
    asking = flight
    await flight
    if (asking === flight) asking = undefined
  }

  function hear(news: News, own = false): void {
    if (closed) return
    const before = state()
    const event = takeIn(news, own)
    tune()
    plan()
    if (state() !== before || event) notify(event)
  }

  function takeIn(news: News, own: boolean): SessionEvent | undefined {
    const late = asOf - news.at
    // Asked before the last thing happened. Later than an answer can be means that the clock was set back.
    if (late > 0 && late < TIMEOUT_MS) return undefined
    asOf = news.at
    if ('problem' in news) {
      failures += 1
      belief = doubt(belief, news.problem)
      return undefined
    }
    failures = 0
    skew = news.skew
    const [learnt, event] = learn(belief, news.answer, { endingMs: pace.endingMs, own })
    belief = learnt
    return event
  }

  function notify(event: SessionEvent | undefined): void {
    for (const listener of [...listeners]) {
      try {
        listener(state(), event)
      } catch (error) {
        // Reported as uncaught, and nobody else misses anything.
        browser.setTimeout(() => {
          throw error
        }, 0)
      }
    }
  }

  /** Only where there is something to wait for, and only the tab that leads. */
  function tune(): void {
    const { session, reason } = state()
    events.want(leading && (!!session || reason === 'pending'))
  }

  function act(answer: SessionAnswer, own: boolean): void {
    asking = undefined
    // The stream is still the one of whoever was signed in before.
    if (own) events.want(false)
    const news = { at: Math.max(asOf, clock()), answer, skew: answer.now - clock() }
    hear(news, own)
    tabs?.tell(news)
  }

  function plan(): void {
    browser.clearTimeout(timer)
    if (!leading) return
    const { problem } = state()
    const { pollMs, endingMs } = pace
    const wait = problem
      ? waitAfterFailure(problem, failures, pace)
      : waitAfter(state(), now(), { pollMs: events.live ? LONGEST_MS : pollMs, endingMs })
    const due = asOf + wait - clock()
    timer = browser.setTimeout(() => void look(), Math.min(wait, Math.max(0, due)))
  }

  function rest(): void {
    tabs?.close()
    tabs = undefined
  }

  return {
    state,
    madeFor: () => belief.madeFor,
    now,
    look,

    async check() {
      // What is still being answered was asked before whatever the caller wants to know about.
      asking = undefined
      await look()
      return state()
    },

    act,

    subscribe(listener) {
      const one: Listener = (is, event) => listener(is, event)
      listeners.add(one)
      if (!tabs && !closed && browser.document) {
        const lead = (is: boolean) => {
          leading = is
          tune()
          plan()
        }
        tabs = openTabs({ browser, name, told: (news) => hear(news as News), lead })
        void look()
      }
      return () => {
        listeners.delete(one)
        if (listeners.size === 0) rest()
      }
    },

    close() {
      closed = true
      listeners.clear()
      for (const abort of aborts) abort.abort()
      rest()
    },
  }
}
