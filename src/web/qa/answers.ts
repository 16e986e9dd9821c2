// What the bench answers this page, as far as it shows it. Times are epoch ms.

export interface BenchState {
  readonly origin: string
  readonly store: string
  readonly recording: Recording | false
  /** By the gateway's clock. */
  readonly now: number
  readonly personas: readonly PersonaState[]
}

export interface Recording {
  readonly file: string
  readonly entries: number
  readonly dropped: number
}

export interface PersonaState {
  readonly name: string
  readonly colour: string
  readonly username: string
  readonly provider: string
  /** Where this persona has a window of their own. */
  readonly origin: string
  /** Made here so far. */
  readonly sessions: number
  readonly session: SessionState | null
}

export interface SessionState {
  readonly ref: string
  readonly state: 'pending' | 'active' | 'idle' | 'ended' | 'absent'
  /** What it was put into here, until a call has told. */
  readonly put?: string
  readonly reason?: string
  readonly tokenAt?: number
  readonly refreshable?: boolean
  readonly idleAt?: number
  readonly endsAt?: number
  readonly lastCall?: LastCall
}

export interface LastCall {
  readonly at: number
  readonly method: string
  readonly path: string
  readonly status: number
  readonly ms: number
  readonly problem?: string
}

/** Whose cookie it is, in the shapes that other programs take it in. */
export interface HandedOut {
  readonly origin: string
  readonly storageState: object
  readonly curl: string
}

/** One entry of HAR 1.2, redacted. */
export interface Entry {
  readonly startedDateTime: string
  readonly time: number
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: readonly Header[]
    readonly postData?: { readonly mimeType: string; readonly text: string }
    readonly bodySize: number
  }
  readonly response: {
    readonly status: number
    readonly statusText: string
    readonly headers: readonly Header[]
    readonly content: { readonly size: number; readonly mimeType: string; readonly text?: string }
  }
  readonly _requestCut?: boolean
  readonly _responseCut?: boolean
}

export interface Header {
  readonly name: string
  readonly value: string
}

export function isLive(session: SessionState | null): session is SessionState {
  return session !== null && session.state !== 'ended' && session.state !== 'absent'
}
