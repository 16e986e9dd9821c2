// A page's requests as the gateway asks for them, and its answers told from the upstream's.
import type { Browser } from './browser.ts'
import { ProblemError, problemIn, unreachable } from './problem.ts'
import type { SessionAnswer } from './state.ts'

export interface Requests {
  /** Rejects with a `ProblemError` when the gateway itself answered, or nobody did. */
  readonly send: Browser['fetch']
  /** As `send`, to an endpoint that tells about the session. */
  readonly ask: (path: string, init?: RequestInit) => Promise<SessionAnswer>
}

export interface RequestsOptions {
  readonly browser: Browser
  /** The gateway's; default: the page's own. */
  readonly origin: string | undefined
  readonly fetch: Browser['fetch'] | undefined
  /** Of the session that the page was made for. */
  ref(): string | undefined
}

export function createRequests({ browser, origin, fetch, ref }: RequestsOptions): Requests {
  const bare: Browser['fetch'] = (input, init) =>
    fetch ? fetch(input, init) : browser.fetch(input, init)

  async function send(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = typeof input === 'object' && 'url' in input ? input : undefined
    const base = origin ?? browser.document?.baseURI
    const url = new URL(request?.url ?? String(input), base)
    // Nothing of ours goes to strangers.
    if (base && url.origin !== new URL(base).origin) return bare(input, init)

    const headers = new Headers(init?.headers ?? request?.headers)
    headers.set('X-CSRF', '1')
    const expected = ref()
    if (expected) headers.set('X-Coatcheck-Session', expected)
    const answer = await bare(request ?? url, { ...init, headers }).catch((error: unknown) => {
      // fetch has no other error for a network that failed; an abort is the caller's own.
      throw error instanceof TypeError ? new ProblemError(unreachable(), error) : error
    })
    const problem = await problemIn(answer)
    if (problem) throw new ProblemError(problem)
    return answer
  }

  async function ask(path: string, init?: RequestInit): Promise<SessionAnswer> {
    const answer = await send(path, init)
    const body = (await answer.json().catch(() => undefined)) as SessionAnswer | undefined
    if (typeof body?.authenticated === 'boolean') return body
    throw new ProblemError(unreachable(answer.status))
  }

  return { send, ask }
}
