// An upstream under load: knows whose every token is, remembers each renewal that it was asked for, and lies when told to.
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { type Random, systemRandom } from '../../src/lib/random.ts'
import { actOut } from '../../src/qa/demo-faults.ts'
import { createDemoTokens, type Lifetime } from '../../src/qa/demo-tokens.ts'
import { judgeArrival } from './owner-oracle.ts'
import { startUpstream, type UpstreamRequest } from './upstream.ts'

/** What a renewal gets in place of tokens: silence, a reset, somebody else's, no JSON, or ones that are over. */
export const LIES = ['hang', 'reset', 'foreign', 'garbage', 'html', 'expired'] as const
export type Lie = (typeof LIES)[number]

/** Nobody signs in by this name. */
export const STRANGER = 'o-999-owner'

export interface Renewal {
  readonly refresh: string
  readonly owner: string
  /** By performance.now(). */
  readonly at: number
  readonly answer: 'fresh' | Lie
}

export interface FaultProvider extends AsyncDisposable {
  readonly url: string
  /** Oldest first. */
  readonly renewals: readonly Renewal[]
  /** The most renewals that were under way at a time. */
  readonly mostAtOnce: number
  /** What came with the token of somebody else than the asker. */
  readonly foreign: readonly string[]
  /** Requests that came with the asker's own good token. */
  readonly arrivals: number
  /** Assign to change it. */
  lie: Lie | undefined
  /** As of the test upstream. */
  hold(): { arrived(count?: number): Promise<void>; release(): void }
}

interface Options {
  readonly clock?: Clock
  /** In whole seconds, rounded down. */
  readonly accessMs: Lifetime
  /** How long a renewal takes here; default 0. */
  readonly latencyMs?: number
}

/** Each renewal answers with a whole new pair; a refresh token stays good, so that every use of it can be counted. */
export async function startFaultProvider(options: Options): Promise<FaultProvider> {
  const { clock = systemClock, accessMs, latencyMs = 0 } = options
  // One secret for both kinds of token.
  const secret = systemRandom(32)
  const random: Random = (bytes) => (bytes === secret.length ? secret : systemRandom(bytes))
  const tokens = createDemoTokens({ clock, random, accessMs })
  const longAgo = { ...clock, now: () => clock.now() - 3_600_000 }
  const stale = createDemoTokens({ clock: longAgo, random, refreshMs: 28 * 24 * 3_600_000 })
  const upstream = await startUpstream({ clock, keep: 10 })
  const renewals: Renewal[] = []
  const foreign: string[] = []
  let arrivals = 0
  let underWay = 0
  let mostAtOnce = 0
  let lie: Lie | undefined

  upstream.on('*', async (request, response) => {
    if (request.path === '/login') {
      const { username } = JSON.parse(request.body.toString())
      return tell(response, 200, pairOf(tokens.signIn(username)))
    }
    if (request.path !== '/refresh') return echo(request, response)
    underWay++
    mostAtOnce = Math.max(mostAtOnce, underWay)
    response.once('close', () => underWay--)
    return renew(request, response)
  })

  async function renew({ headers }: UpstreamRequest, response: ServerResponse): Promise<void> {
    const refresh = bearerOf(headers.authorization)
    const checked = tokens.check(refresh, 'refresh')
    if (checked.kind !== 'good') return tell(response, 401, { message: 'This is not good.' })
    const owner = String(checked.claims.identity)
    const answer = lie ?? 'fresh'
    renewals.push({ refresh, owner, at: performance.now(), answer })
    if (latencyMs > 0) await pause(latencyMs)
    switch (answer) {
      case 'hang':
        return actOut({ hang: 'head' }, response)
      case 'reset':
        return actOut({ reset: 'head' }, response)
      case 'garbage':
        return tell(response, 200, '{"access_token": "eyJ')
      case 'html':
        return tell(response, 200, '<!doctype html><title>Sign in</title>', 'text/html')
      case 'foreign':
        return tell(response, 200, pairOf(tokens.signIn(STRANGER)))
      case 'expired':
        return tell(response, 200, pairOf(stale.signIn(owner)))
      case 'fresh':
        return tell(response, 200, pairOf(tokens.signIn(owner)))
    }
  }

  function echo(request: UpstreamRequest, response: ServerResponse) {
    const wrong = judgeArrival(request)
    if (wrong !== undefined) foreign.push(wrong)
    const token = bearerOf(request.headers.authorization)
    const checked = tokens.check(token, 'access')
    if (checked.kind !== 'good') return tell(response, 401, { message: `It is ${checked.kind}.` })
    arrivals++
    tell(response, 200, { owner: checked.claims.identity, token })
  }

  return {
    url: upstream.url,
    renewals,
    foreign,
    get arrivals() {
      return arrivals
    },
    get mostAtOnce() {
      return mostAtOnce
    },
    get lie() {
      return lie
    },
    set lie(next) {
      lie = next
    },
    hold: () => upstream.hold({ path: '/refresh' }),
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  }
}

/** A stretch in which something was killed or cut off, by performance.now(). */
export interface Excuse {
  readonly from: number
  readonly to: number
}

/** Token sets that were renewed again though they had been, and nothing happened since that could have lost the answer. */
export function repeated(
  renewals: readonly Renewal[],
  excuses: readonly Excuse[] = [],
): readonly string[] {
  const last = new Map<string, Renewal>()
  const found: string[] = []
  for (const renewal of renewals) {
    const before = last.get(renewal.refresh)
    last.set(renewal.refresh, renewal)
    if (before?.answer !== 'fresh') continue
    if (excuses.some(({ from, to }) => from <= renewal.at && to >= before.at)) continue
    const ms = Math.round(renewal.at - before.at)
    found.push(`a token set of ${renewal.owner} was renewed again after ${ms} ms`)
  }
  return found
}

function pairOf({ access, refresh }: { access: string; refresh: string }) {
  return { access_token: access, refresh_token: refresh }
}

function bearerOf(authorization = ''): string {
  return authorization.replace(/^Bearer /, '')
}

function tell(
  response: ServerResponse,
  status: number,
  body: object | string,
  type = 'application/json',
): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
