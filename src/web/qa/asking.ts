// Asks the bench, with the token where it needs one: an outcome that cannot be ignored, never a rejection.

export type Answer<Body> =
  | { readonly kind: 'ok'; readonly body: Body }
  /** In the gateway's own words. */
  | { readonly kind: 'refused'; readonly words: string }
  /** It wants `qa.token`, or another than it was sent. */
  | { readonly kind: 'locked' }
  /** Nobody answered. */
  | { readonly kind: 'gone' }

export interface Asking {
  get<Body>(path: string): Promise<Answer<Body>>
  post<Body>(path: string, fields: object): Promise<Answer<Body>>
  /** A stream that goes on until `signal`; the body of the answer is read by the caller. */
  stream(path: string, signal: AbortSignal): Promise<Response | undefined>
  readonly hasToken: boolean
  /** For all that is asked from here on. */
  setToken(token: string): void
}

export interface AskingOptions {
  readonly fetch: typeof fetch
  /** Where the token is kept; of this tab only. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>
}

const KEPT_AS = 'coatcheck-qa-token'
const PATIENCE_MS = 30_000

export function createAsking({ fetch, storage }: AskingOptions): Asking {
  let token = storage.getItem(KEPT_AS) ?? undefined

  const headers = (more: Record<string, string>): Record<string, string> =>
    token === undefined ? more : { ...more, authorization: `Bearer ${token}` }

  async function ask<Body>(path: string, init: RequestInit): Promise<Answer<Body>> {
    try {
      const answer = await fetch(path, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) })
      if (isLocked(answer)) return { kind: 'locked' }
      const body: unknown = await answer.json()
      if (answer.ok) return { kind: 'ok', body: body as Body }
      return { kind: 'refused', words: wordsIn(body, answer.status) }
    } catch {
      return { kind: 'gone' }
    }
  }

  return {
    get hasToken() {
      return token !== undefined
    },
    get: (path) => ask(path, { headers: headers({ accept: 'application/json' }) }),
    post: (path, fields) =>
      ask(path, {
        method: 'POST',
        headers: headers({ 'content-type': 'application/json' }),
        body: JSON.stringify(fields),
      }),
    async stream(path, signal) {
      try {
        const sent = headers({ accept: 'text/event-stream' })
        const answer = await fetch(path, { headers: sent, signal })
        return answer.ok ? answer : undefined
      } catch {
        return undefined
      }
    },
    setToken(next) {
      token = next
      storage.setItem(KEPT_AS, next)
    },
  }
}

function isLocked({ status, headers }: Response): boolean {
  return status === 401 && headers.get('www-authenticate')?.startsWith('Bearer') === true
}

function wordsIn(body: unknown, status: number): string {
  if (typeof body === 'object' && body !== null) {
    const { detail, title } = body as Record<string, unknown>
    for (const said of [detail, title]) if (typeof said === 'string') return said
  }
  return `The gateway answered ${status}`
}
