// One simulated gateway process: the real sessions, near cache, refresher and admission over a clock, a network and a
// provider that the scheduler moves.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Random } from '../../src/lib/random.ts'
import {
  type Admission,
  type Asked,
  admit,
  endSession,
  withFound,
} from '../../src/proxy/admission.ts'
import type { ProxyContext } from '../../src/proxy/context.ts'
import { judgeRefusal } from '../../src/proxy/replay.ts'
import { readRequestHead } from '../../src/proxy/request-head.ts'
import type { ProxyRoute } from '../../src/proxy/route.ts'
import { createNearCache, type NearCache } from '../../src/session/near.ts'
import { createSealer } from '../../src/session/seal.ts'
import { createSessions, type Sessions } from '../../src/session/sessions.ts'
import { type SessionStore, StoreUnreachableError } from '../../src/session/store.ts'
import type { Ticket } from '../../src/session/ticket.ts'
import type { Provider } from '../../src/tokens/provider.ts'
import { createRefresher, type RefresherOptions } from '../../src/tokens/refresh.ts'
import type { Refresher } from '../../src/tokens/refresh-contract.ts'
import type { TokenSet } from '../../src/tokens/token-set.ts'
import { createProcessClock, type ProcessClock } from './clock.ts'
import { createLink, type Link } from './link.ts'
import { createMail, type Mail } from './message.ts'
import type { ModelProvider } from './model-provider.ts'
import type { SharedStore } from './shared-store.ts'

/** What may be put in place of the real thing, to see that the explorer notices. */
export interface Alterations {
  readonly store?: (store: SessionStore, process: Tools) => SessionStore
  readonly near?: (near: NearCache) => NearCache
  readonly sessions?: (sessions: Sessions, process: Tools) => Sessions
  readonly refresher?: (options: RefresherOptions, process: Tools) => Refresher
  readonly provider?: (provider: Provider) => Provider
}

export interface Tools {
  readonly name: string
  readonly clock: ProcessClock
  readonly shared: SharedStore
}

export interface SimulatedProcess {
  readonly name: string
  readonly clock: ProcessClock
  readonly mail: Mail
  readonly link: Link
  readonly sessions: Sessions
  readonly refresher: Refresher
  readonly provider: Provider
  /** Lines of tokens that it has asked the provider to renew, and has not written yet. */
  readonly granting: Set<string>
  alive: boolean
  /** It does nothing before. */
  stalledUntil: number
  /** As a browser with this ticket asks; the upstream's 401 for a token of `refuses` is answered like the real one's. */
  request(ticket: Ticket, refuses?: (access: string) => boolean): Promise<Answer>
}

export type Answer =
  | { kind: 'served'; tokens: TokenSet | undefined; owner: string; ticket: Ticket }
  | { kind: 'problem'; code: string; reason: string | undefined }

export interface ProcessOptions {
  readonly name: string
  readonly now: () => number
  readonly random: Random
  readonly shared: SharedStore
  readonly model: ModelProvider
  readonly providerMs: number
  readonly nearSize: number
  readonly slides: boolean
  readonly alter: Alterations
}

export function createProcess(options: ProcessOptions): SimulatedProcess {
  const { name, now, random, shared, model, providerMs, alter } = options
  const clock = createProcessClock(now)
  const tools = { name, clock, shared }
  const mail = createMail(now)
  const link = createLink(now)
  const granting = new Set<string>()
  const connected = shared.connect(name, mail, link)
  const store = alter.store?.(connected, tools) ?? connected
  const near = createNearCache(options.nearSize)
  const silent = () => undefined
  const real = createSessions({
    store,
    sealer: createSealer(random),
    near: alter.near?.(near) ?? near,
    clock,
    random,
    idleMs: 8 * 3_600_000,
    lifetimeMs: 7 * 86_400_000,
    events: { touchFailed: silent, unsealable: silent },
  })
  const connectedProvider = model.connect(mail, granting)
  const provider = alter.provider?.(connectedProvider) ?? connectedProvider
  const refresherOptions: RefresherOptions = {
    sessions: alter.sessions?.(real, tools) ?? real,
    store,
    clock,
    providerMs,
    events: {
      refreshed: silent,
      refused: silent,
      unreachable: silent,
      ownerChanged: silent,
      storeUnreachable: silent,
    },
  }
  const refresher = alter.refresher?.(refresherOptions, tools) ?? createRefresher(refresherOptions)

  const origin = 'http://localhost:3000'
  const context = {
    clock,
    hosts: { originOf: () => origin },
    isLoop: () => false,
    sessions: real,
    refresher,
  } as unknown as ProxyContext
  const config = { auth: 'required', csrf: 'same-origin', passive: !options.slides }
  const route = { config, provider, pattern: '/api/*' } as unknown as ProxyRoute

  function askedWith(ticket: Ticket): Asked {
    const own = ['host', 'localhost:3000', 'cookie', 'x=y', 'sec-fetch-site', 'same-origin']
    return {
      context: {
        ...context,
        reader: { read: () => ({ kind: 'ticket', opened: { ticket, stale: false } }) },
      } as unknown as ProxyContext,
      route,
      req: { method: 'GET' } as IncomingMessage,
      res: {} as ServerResponse,
      head: readRequestHead(own),
      target: '/',
      requestId: '1',
      startedAt: now(),
      origin: '',
      ticket: undefined,
    }
  }

  async function request(ticket: Ticket, refuses = (_: string) => false): Promise<Answer> {
    const asked = askedWith(ticket)
    try {
      const first = await admit(asked)
      const tokens = first.kind === 'pass' ? first.grant?.tokens : undefined
      if (first.kind !== 'pass' || !first.grant || !tokens || !refuses(tokens.access)) {
        return answerOf(first)
      }
      return answerOf(await takenBack(asked, first.grant.session, tokens, first))
    } catch (error) {
      if (!(error instanceof StoreUnreachableError)) throw error
      return { kind: 'problem', code: 'store_unreachable', reason: undefined }
    }
  }

  /** What the proxy does about an upstream's 401. */
  async function takenBack(
    asked: Asked,
    session: Parameters<typeof endSession>[1],
    tokens: TokenSet,
    first: Admission,
  ): Promise<Admission> {
    const current = real.near(session.ticket) ?? session
    const refusal = judgeRefusal(current, provider, tokens, now())
    if (refusal === 'pass_on') return first
    if (refusal === 'end') return endSession(asked, session, 'upstream_refused')
    return withFound(asked, await refresher.refresh(session, provider, tokens))
  }

  return {
    name,
    clock,
    mail,
    link,
    sessions: real,
    refresher,
    provider,
    granting,
    alive: true,
    stalledUntil: 0,
    request,
  }
}

function answerOf(admission: Admission): Answer {
  if (admission.kind === 'refuse') {
    return { kind: 'problem', code: admission.code, reason: admission.options.reason }
  }
  if (admission.kind === 'bounce' || !admission.grant) {
    return { kind: 'problem', code: 'bounce', reason: undefined }
  }
  const { session, tokens } = admission.grant
  return { kind: 'served', tokens, owner: session.record.sub, ticket: session.ticket }
}
