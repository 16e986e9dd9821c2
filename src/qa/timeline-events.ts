// What is told to whoever watches the timeline: nothing in it opens a session. Pure.

export type BenchEvent = CallEvent | LeakEvent | ChangeEvent

export interface CallEvent {
  readonly kind: 'call'
  /** The request id, as in the log and in X-Request-Id. */
  readonly id: string
  /** Epoch ms at which it came. */
  readonly at: number
  readonly ms: number
  /** Absent: a session that was not made here, or none. */
  readonly persona?: string
  readonly ref?: string
  readonly method: string
  /** Without a query; what looks like a secret in it left out. */
  readonly path: string
  /** 0: no answer was begun. */
  readonly status: number
  /** The gateway's own code, where it answered itself. */
  readonly problem?: string
  /** Error code where the answer was cut off on the way. */
  readonly cut?: string
}

/** Something of one session was about to reach another, or did. */
export interface LeakEvent {
  readonly kind: 'leak'
  readonly id: string
  readonly at: number
  readonly route: string
  /** False: the answer went on to the browser. */
  readonly stopped: boolean
  /** Who asked, and whose it was; absent where neither was made here. */
  readonly asker?: string
  readonly owner?: string
}

/** A persona's sessions are not what they were: `GET /qa/state` tells how. */
export interface ChangeEvent {
  readonly kind: 'change'
  readonly at: number
  readonly persona: string
}
