// A browser of several tabs, and a gateway that it asks: both do what a test says, on a clock that a test moves.
import type { Browser, Channel, Locks, Source } from '../../../src/client/browser.ts'
import { type Client, type ClientOptions, createClient } from '../../../src/client/client.ts'
import type { SessionEvent, SessionState, SignedInAnswer } from '../../../src/client/state.ts'
import { type ManualClock, manualClock } from '../../support/clock.ts'

export const ORIGIN = 'http://app.localhost:3000'
const MINUTE = 60_000

export interface Call {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: unknown
  readonly signal: AbortSignal | undefined
}

/** Answers as the gateway does; `answer` takes the place of everything. */
export interface FakeGateway {
  readonly calls: readonly Call[]
  /** How often GET /auth/session has been asked. */
  readonly polls: number
  session: SignedInAnswer | undefined
  /** What an absent session leaves to tell. */
  ended: { state: 'ended' | 'idle'; reason?: string } | undefined
  /** False: the browser drops the cookie of the next sign-in. */
  keepsCookie: boolean
  answer: ((call: Call) => Response | Promise<Response>) | undefined
}

export interface Tab {
  readonly browser: Browser
  readonly client: Client
  readonly states: SessionState[]
  readonly events: SessionEvent[]
  listen(): () => void
  hide(): void
  show(): void
  /** Timers that are set. */
  readonly timers: number
  /** Listeners at the page. */
  readonly watchers: number
}

export interface Missing {
  readonly locks?: false | 'refused'
  readonly channel?: false | 'refused'
  readonly hidden?: boolean
  /** Streams that are asked for go in here; left out, the browser has none. */
  readonly sources?: FakeSource[]
}

export interface FakeSource extends Source {
  readonly url: string
  readyState: number
  /** The gateway accepts it. */
  accept(): void
  /** An event of this type arrives. */
  say(type: string, data: object): void
  /** It breaks off: for good, or to be opened again by the browser. */
  fail(forGood: boolean): void
}

export function fakeBrowser() {
  const clock = manualClock()
  const gateway = fakeGateway(clock)
  const channels = new Set<FakeChannel>()
  const locks = fakeLocks()

  function openTab(missing: Missing = {}, options: ClientOptions = {}): Tab {
    let visibility = missing.hidden ? 'hidden' : 'visible'
    const watchers = new Set<() => void>()
    const timers = new Map<unknown, () => void>()
    const browser: Browser = {
      fetch: gateway.fetch,
      Date: { now: clock.now },
      setTimeout(work, ms) {
        const timer = {}
        const cancel = clock.after(ms, () => {
          timers.delete(timer)
          work()
        })
        timers.set(timer, cancel)
        return timer
      },
      clearTimeout(timer) {
        timers.get(timer)?.()
        timers.delete(timer)
      },
      document: {
        baseURI: `${ORIGIN}/page`,
        get visibilityState() {
          return visibility
        },
        addEventListener: (_type, listener) => void watchers.add(listener),
        removeEventListener: (_type, listener) => void watchers.delete(listener),
      },
      navigator: missing.locks === false ? {} : { locks: missing.locks ? refusing : locks },
      ...(missing.sources ? { EventSource: sourceOf(missing.sources) } : {}),
      ...(missing.channel === false ? {} : { BroadcastChannel: channelOf(missing, channels) }),
    }
    const client = createClient({ browser, ...options })
    const states: SessionState[] = []
    const events: SessionEvent[] = []
    const turn = (to: string) => {
      visibility = to
      for (const watcher of [...watchers]) watcher()
    }
    return {
      browser,
      client,
      states,
      events,
      listen: () =>
        client.subscribe((state, event) => {
          states.push(state)
          if (event) events.push(event)
        }),
      hide: () => turn('hidden'),
      show: () => turn('visible'),
      get timers() {
        return timers.size
      },
      get watchers() {
        return watchers.size
      },
    }
  }

  /** A tab that listens, once everything has come to rest. */
  async function open(missing?: Missing, options?: ClientOptions): Promise<Tab> {
    const tab = openTab(missing, options)
    tab.listen()
    await settled()
    return tab
  }

  /** Moves the clock in steps of at most a second, with time for answers in between. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1000) {
      clock.advance(Math.min(left, 1000))
      await settled()
    }
  }

  return { clock, gateway, openTab, open, pass, channels, locks }
}

/** Everything that can happen without time or an answer has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export function sessionOf(sub: string, now: number, changes: Partial<SignedInAnswer> = {}) {
  const answer: SignedInAnswer = {
    authenticated: true,
    state: 'active',
    ref: `ref-of-${sub}`,
    sub,
    claims: {},
    provider: 'main',
    createdAt: now,
    idleAt: now + 60 * MINUTE,
    endsAt: now + 600 * MINUTE,
    now,
    tokens: { main: { expiresAt: now + 10 * MINUTE, refreshable: true } },
    ...changes,
  }
  return answer
}

export function problem(code: string, status: number, extra: object = {}, headers = {}) {
  const body = { type: `urn:coatcheck:problem:${code}`, title: `Title of ${code}`, status, code }
  return new Response(JSON.stringify({ ...body, instance: 'abc-1', ...extra }), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'coatcheck-problem': code,
      ...headers,
    },
  })
}

function fakeGateway(clock: ManualClock): FakeGateway & { fetch: Browser['fetch'] } {
  const calls: Call[] = []
  const json = (body: unknown) => Response.json(body)
  const gateway = {
    calls,
    get polls() {
      return calls.filter(({ path }) => path === '/auth/session').length
    },
    session: undefined as SignedInAnswer | undefined,
    ended: undefined as FakeGateway['ended'],
    keepsCookie: true,
    answer: undefined as FakeGateway['answer'],
    async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
      const request = new Request(input, init)
      const text = await request.clone().text()
      const call: Call = {
        method: request.method,
        path: new URL(request.url).origin === ORIGIN ? new URL(request.url).pathname : request.url,
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
        signal: init?.signal ?? undefined,
      }
      calls.push(call)
      return (gateway.answer ?? usual)(call)
    },
  }

  function usual({ method, path, headers, body }: Call): Response {
    const { session } = gateway
    const now = clock.now()
    if (path === '/auth/session') {
      if (session) return json({ ...session, now })
      const signIn = [{ provider: 'main', kind: 'password', url: '/auth/login' }]
      return json({ authenticated: false, state: 'absent', ...gateway.ended, now, signIn })
    }
    if (path === '/auth/login') {
      const { username, password } = body as Record<string, string>
      if (password === 'wrong' || username === undefined) {
        return problem('sign_in_refused', 401, { detail: 'Username or password is wrong.' })
      }
      const started = sessionOf(username, now)
      if (gateway.keepsCookie) gateway.session = started
      return json(started)
    }
    if (path === '/auth/logout') {
      gateway.session = undefined
      return new Response(null, { status: 204 })
    }
    const expected = headers.get('x-coatcheck-session')
    if (!session) return problem('session_required', 401)
    if (expected !== null && expected !== session.ref) return problem('session_changed', 409)
    return json({ method, sub: session.sub })
  }
  return gateway
}

function sourceOf(all: FakeSource[]) {
  return class implements FakeSource {
    readonly url: string
    readonly #listeners = new Map<string, (event: { data: string }) => void>()
    readyState = 0
    onopen: Source['onopen'] = null
    onerror: Source['onerror'] = null

    constructor(url: string) {
      this.url = url
      all.push(this)
    }

    addEventListener(type: string, listener: (event: { readonly data: string }) => void) {
      this.#listeners.set(type, listener)
    }

    close() {
      this.readyState = 2
    }

    accept() {
      this.readyState = 1
      this.onopen?.()
    }

    say(type: string, data: object) {
      if (this.readyState === 1) this.#listeners.get(type)?.({ data: JSON.stringify(data) })
    }

    fail(forGood: boolean) {
      this.readyState = forGood ? 2 : 0
      this.onerror?.()
    }
  }
}

type FakeChannel = Channel & { readonly name: string }

function channelOf({ channel }: Missing, all: Set<FakeChannel>) {
  return class implements FakeChannel {
    onmessage: Channel['onmessage'] = null
    readonly name: string

    constructor(name: string) {
      if (channel === 'refused') throw new DOMException('storage is blocked', 'SecurityError')
      this.name = name
      all.add(this)
    }

    postMessage(data: unknown) {
      const copy = structuredClone(data)
      for (const other of all) {
        if (other === this || other.name !== this.name) continue
        queueMicrotask(() => all.has(other) && other.onmessage?.({ data: copy }))
      }
    }

    close() {
      all.delete(this)
    }
  }
}

/** One holder at a time; who waits comes next, in order. */
function fakeLocks(): Locks & { readonly held: number; readonly waiting: number } {
  const queue: Array<() => void> = []
  let held = 0
  const next = () => {
    if (held === 0) queue.shift()?.()
  }
  return {
    get held() {
      return held
    },
    get waiting() {
      return queue.length
    },
    request(_name, { signal }, granted) {
      return new Promise((resolve, reject) => {
        const turn = () => {
          held += 1
          granted()
            .then(resolve, reject)
            .finally(() => {
              held -= 1
              next()
            })
        }
        queue.push(turn)
        signal.addEventListener('abort', () => {
          const at = queue.indexOf(turn)
          if (at < 0) return
          queue.splice(at, 1)
          reject(signal.reason)
        })
        queueMicrotask(next)
      })
    },
  }
}

const refusing: Locks = {
  request: async () => {
    throw new DOMException('storage is blocked', 'SecurityError')
  },
}
