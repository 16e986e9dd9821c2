// What a service lets be seen of it from outside, each fact with where it was seen.

export interface Seen {
  /** For a comment of the target file: `read from /openapi.json`. */
  readonly how: string
}

export interface SignInSeen extends Seen {
  readonly path: string
  readonly format: 'json' | 'form'
  /** In the order of the service; empty where it does not say. */
  readonly fields: readonly FieldSeen[]
  readonly headers?: Readonly<Record<string, string>>
  /** The page of the form, where what is sent takes something of it. */
  readonly page?: string
  /** Hidden fields of that page, made anew for each visit. */
  readonly oneTime?: readonly string[]
}

export interface FieldSeen {
  readonly name: string
  readonly required: boolean
  /** Nobody sees what is typed there. */
  readonly secret?: true
  /** What it always holds. */
  readonly constant?: string
}

export interface SignOutSeen extends Seen {
  readonly method: 'post' | 'delete' | 'get'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface WhoamiSeen extends Seen {
  readonly path: string
  /** JSON Pointer (RFC 6901), where the service says where the owner stands. */
  readonly owner?: string
}

export type CarrySeen = Seen &
  (
    | { readonly kind: 'cookies' }
    /** `from`: JSON Pointer; absent where only the kind was seen. */
    | { readonly kind: 'bearer'; readonly from?: string }
    | { readonly kind: 'header'; readonly name: string; readonly from?: string }
  )

export interface Facts {
  readonly signIn?: SignInSeen
  readonly signOut?: SignOutSeen
  readonly whoami?: WhoamiSeen
  readonly carry?: CarrySeen
  /** A description that is there and too large to be read: `/openapi.json`. */
  readonly unread?: string
}

export interface Found extends Facts {
  /** A Coatcheck gateway; `demo`: the one of `coatcheck demo`, whose people are known. */
  readonly gateway?: 'any' | 'demo'
}

/** Settings of the target file that a look may not get to. */
export type Sought = 'signIn' | 'whoami' | 'signOut'

/** Which of the fields is who, and which the password; `undefined` where none is called so. */
export function credentialsAmong(fields: readonly FieldSeen[]): {
  readonly account: string | undefined
  readonly password: string | undefined
} {
  const names = fields.filter(({ constant }) => constant === undefined).map(({ name }) => name)
  const first = (...patterns: readonly RegExp[]) =>
    patterns.flatMap((pattern) => names.filter((name) => pattern.test(name)))[0]
  const said = fields.find(({ secret }) => secret)?.name
  const password = said ?? first(/pass|pwd/i, /^(secret|pin)$/i)
  const rest = [/^(user_?name|login|email|e-?mail|user|account)$/i, /user|mail|login|account|name/i]
  const account = first(...rest)
  return { account: account === password ? undefined : account, password }
}
