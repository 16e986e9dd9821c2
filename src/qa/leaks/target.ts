// What a target file comes to: the service, its users, and how to ask it who somebody is.
import type { Pattern } from './timed-pattern.ts'

export interface Target {
  /** Scheme, host and port. */
  readonly origin: string
  /** Stands before every path of the file; empty, or begins with a slash and does not end with one. */
  readonly base: string
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>
  readonly signIn: Action
  readonly signOut: Action | undefined
  readonly carry: Carry
  readonly whoami: Whoami
  /** Two at least, with different names. */
  readonly users: readonly User[]
  /** Paths that are read besides, with placeholders. */
  readonly reads: readonly string[]
  /** Those paths, of `reads` and `whoami`, where others may be seen: what is there at the first look is meant. */
  readonly ordinary: readonly string[]
  /** How often each kind of request comes in the steady load, relative to the others. */
  readonly mix: Mix
  /** A command of the shell that restarts the service; run in `dir`. */
  readonly restart: string | undefined
  readonly dir: string
  readonly allowHosts: readonly string[]
  /** Requests a second; `undefined`: as fast as it answers. */
  readonly rate: number | undefined
  /** 32 bits. */
  readonly seed: number
  /** Of each user in each phase under load. */
  readonly requests: number
  readonly timeouts: Timeouts
}

export interface Action {
  /** Fetched before, for what of it stands in headers and body. */
  readonly page?: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  /** With placeholders. */
  readonly headers: Readonly<Record<string, string>>
  /** With placeholders in its texts. */
  readonly body: { readonly format: 'json' | 'form'; readonly fields: unknown } | undefined
}

/** How a request says whose it is. */
export type Carry =
  | { readonly kind: 'cookies' }
  /** A header whose value is `before` and then what the sign-in answered at this JSON Pointer (RFC 6901). */
  | {
      readonly kind: 'header'
      readonly name: string
      readonly before: string
      readonly from: string
    }

export interface Whoami {
  readonly path: string
  /** A JSON Pointer, or a pattern whose first group is the owner. */
  readonly owner: { readonly pointer: string } | { readonly text: Pattern }
  /** What the owner says for a user, with placeholders. */
  readonly is: string
}

export interface User {
  readonly name: string
  /** `name` included. */
  readonly fields: Readonly<Record<string, string>>
}

export interface Mix {
  readonly whoami: number
  readonly reads: number
  /** Requests of somebody who never signed in. */
  readonly visitors: number
}

export interface Timeouts {
  readonly requestMs: number
  readonly restartMs: number
  /** For everything, the shrinking of a history included. */
  readonly totalMs: number
}

/** The origin as a browser knows it: where the file sets another Host, that is what cookies belong to. */
export function placeOf({ origin, headers }: Pick<Target, 'origin' | 'headers'>): string {
  const { protocol, host } = new URL(origin)
  return `${protocol}//${headers.host ?? host}`
}
