// Who looks on while requests pass: told of every call and of every leak that was stopped. Nobody looks, nothing is gathered.
import type { OpenSession } from '../session/session.ts'

export interface Observer {
  /** Bytes of each body that this one wants to see; 0: none. */
  readonly bodyBytes: number
  /** One call, when its answer has gone; in the order of endings. Must not throw. */
  call?(seen: CallSeen): void
  /** At once. Must not throw. */
  leak?(seen: LeakSeen): void
}

/** What passed, secrets included: whoever writes any of it down redacts it. */
export interface CallSeen {
  readonly requestId: string
  /** The route's pattern; the path itself for the gateway's own endpoints. */
  readonly route: string
  readonly method: string
  /** Path and query as the browser sent them. */
  readonly url: string
  readonly origin: string
  /** Epoch ms. */
  readonly startedAt: number
  readonly endedAt: number
  /** Places in one count of all beginnings and endings: what ended before another began has the smaller number. */
  readonly began: number
  readonly ended: number
  /** Whose call it was; undefined for nobody's. */
  readonly session: OpenSession | undefined
  /** Present for a sign-in. */
  readonly signIn?: SignInSeen
  /** Names and values in turn. */
  readonly requestHeaders: readonly string[]
  readonly requestBody: SeenBody
  /** 0: the browser left before there was one. */
  readonly status: number
  readonly responseHeaders: readonly string[]
  readonly responseBody: SeenBody
  /** Error code where the answer was cut off on the way. */
  readonly cut: string | undefined
}

export interface SignInSeen {
  /** The session that began; undefined where it was refused. */
  readonly begun: OpenSession | undefined
  /** As it was typed. */
  readonly account: string | undefined
}

export interface SeenBody {
  /** As many bytes of its beginning as any observer wants. */
  readonly bytes: Buffer
  /** Of the whole body, as far as it came. */
  readonly size: number
}

export interface LeakSeen {
  readonly requestId: string
  readonly route: string
  /** Epoch ms. */
  readonly at: number
  /** Ref of the session that asked. */
  readonly asker: string | undefined
  /** Ref of the session whose token or data it was, where this process knows that session. */
  readonly owner: string | undefined
  /** Where it was seen. */
  readonly seen: 'token' | 'header' | 'field'
  /** False: the answer went on to the browser. */
  readonly stopped: boolean
}

export interface Observers {
  readonly watching: boolean
  /** The most that any observer wants of a body. */
  readonly bodyBytes: number
  /** The returned function takes it away again. */
  add(observer: Observer): () => void
  call(seen: CallSeen): void
  leak(seen: LeakSeen): void
  /** The next number of the one count of beginnings and endings. */
  next(): number
}

export function createObservers(): Observers {
  const all = new Set<Observer>()
  let watching = false
  let bodyBytes = 0
  let count = 0
  const look = () => {
    watching = [...all].some(({ call }) => call !== undefined)
    bodyBytes = Math.max(0, ...[...all].map((one) => one.bodyBytes))
  }
  return {
    get watching() {
      return watching
    },
    get bodyBytes() {
      return bodyBytes
    },
    add(observer) {
      all.add(observer)
      look()
      return () => {
        all.delete(observer)
        look()
      }
    },
    call(seen) {
      for (const observer of all) observer.call?.(seen)
    },
    leak(seen) {
      for (const observer of all) observer.leak?.(seen)
    },
    next: () => count++,
  }
}
