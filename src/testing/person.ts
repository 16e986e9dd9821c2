// One signed-in person of a test: a real session, and what can be done to it.

import type { StorageState } from '../qa/sessions-carry.ts'
import type { BenchState } from '../qa/sessions-states.ts'
import type { BenchSessionView } from '../qa/sessions-view.ts'
import type { OwnerOracle } from './owner-oracle.ts'
import type { Asker, TestAnswer, TestRequest } from './request.ts'

export interface TestPerson extends AsyncDisposable {
  /** The persona. */
  readonly name: string
  /** The session's public, harmless name. */
  readonly ref: string
  /** `name=value`, as a Cookie header carries it. */
  readonly cookie: string
  /** For Playwright: `browser.newContext({ storageState })`. */
  readonly storageState: StorageState
  get(path: string, request?: TestRequest): Promise<TestAnswer>
  post(path: string, json: unknown, request?: TestRequest): Promise<TestAnswer>
  send(path: string, request?: TestRequest): Promise<TestAnswer>
  /** What the session is at this moment; times are epoch ms. */
  put(state: BenchState): Promise<BenchSessionView>
  /** Lets `11m` go by for this session alone, or as long as it takes `to` come to an end. */
  advance(by: string | { readonly to: 'token' | 'idle' | 'end' }): Promise<BenchSessionView>
  /** Ends the session, as a sign-out would. */
  end(): Promise<void>
}

interface Made {
  readonly session: BenchSessionView
  readonly cookie: { readonly name: string; readonly value: string }
  readonly storageState: StorageState
}

export interface Surroundings {
  readonly asker: Asker
  readonly oracle: OwnerOracle
}

/** Rejects with the gateway's own words: an unknown persona, a password that is refused. */
export async function makePerson(
  { asker, oracle }: Surroundings,
  persona: string,
  state: BenchState = 'fresh',
): Promise<TestPerson> {
  const made = await asker.bench<Made>('/qa/sessions', { persona, state })
  const { ref } = made.session
  const cookie = `${made.cookie.name}=${made.cookie.value}`
  const path = `/qa/sessions/${persona}`
  const send = (to: string, request: TestRequest = {}) =>
    asker.send(to, { ...request, headers: { cookie, ...request.headers } })
  const change = async (what: string, fields: object) => {
    const { session } = await asker.bench<Made>(`${path}/${what}`, { ...fields, ref })
    return session
  }
  const end = async () => void (await asker.bench(`${path}/end`, { ref }))

  const { authenticated, name, sub } = (await send('/auth/session')).json()
  if (authenticated === true)
    oracle.learn(
      persona,
      [name, sub].filter((text) => text),
    )
  return {
    name: persona,
    ref,
    cookie,
    storageState: made.storageState,
    get: send,
    send,
    post: (to, json, request) => send(to, { ...request, json }),
    put: (wanted) => change('state', { state: wanted }),
    advance: (by) => change('advance', typeof by === 'string' ? { by } : by),
    end,
    [Symbol.asyncDispose]: end,
  }
}
