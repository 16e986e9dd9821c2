// What the client needs of the browser around it. What is optional may be missing: on a server, in an old browser, or
// where storage is blocked.

export interface Browser {
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  readonly Date: { now(): number }
  setTimeout(work: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
  readonly document?: Page
  readonly navigator?: { readonly locks?: Locks }
  readonly BroadcastChannel?: new (name: string) => Channel
  readonly EventSource?: new (url: string) => Source
}

export interface Source {
  /** 0 connecting, 1 open, 2 closed for good. */
  readonly readyState: number
  onopen: (() => void) | null
  onerror: (() => void) | null
  addEventListener(type: string, listener: (event: { readonly data: string }) => void): void
  close(): void
}

export interface Page {
  readonly baseURI: string
  readonly visibilityState: string
  addEventListener(type: 'visibilitychange', listener: () => void): void
  removeEventListener(type: 'visibilitychange', listener: () => void): void
}

export interface Locks {
  request(
    name: string,
    options: { signal: AbortSignal },
    granted: () => Promise<void>,
  ): Promise<unknown>
}

export interface Channel {
  onmessage: ((message: { readonly data: unknown }) => void) | null
  postMessage(data: unknown): void
  close(): void
}
