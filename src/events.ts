// What happens, told twice: a line in the log and a count in the metrics. No line holds what could open a session.
import type { Logger } from 'pino'
import type { Config } from './config/config.ts'
import type { Metrics } from './http/metrics.ts'
import { hostPort } from './lib/host-port.ts'
import type { LiveEvents } from './live/registry.ts'
import type { Denial, LeakPrevented, ProxyEvents } from './proxy/context.ts'
import { errorCode } from './proxy/failure.ts'
import { createOwnerTally, uncheckedAdvice } from './proxy/owner-tally.ts'
import type { DeskOptions } from './session/desk.ts'
import type { SessionsOptions } from './session/sessions.ts'
import type { StoreGuardEvents } from './session/stores/outage-teller.ts'
import type { SignInEvents } from './sign-in/context.ts'
import { signInSetting } from './tokens/hint.ts'
import type { RefreshEvents } from './tokens/refresh-contract.ts'

export interface Events {
  readonly proxy: ProxyEvents
  readonly signIn: SignInEvents
  readonly refresh: RefreshEvents
  readonly sessions: SessionsOptions['events']
  readonly store: StoreGuardEvents
  readonly live: LiveEvents
  readonly operators: { readonly ended: DeskOptions['onEnded'] }
  cookieUnreadable(): void
  /** Something nobody waits for went wrong. */
  background(error: unknown): void
}

export type TellingConfig = Pick<Config, 'log' | 'providers' | 'publicOrigin' | 'routes'>

/** `config.log.access`: one more line for every proxied answer. `leakSeen`: told of every leak too. */
export function createEvents(
  log: Logger,
  metrics: Metrics,
  config: TellingConfig,
  leakSeen: (leak: LeakPrevented) => void = () => undefined,
): Events {
  const { access } = config.log
  const whereOf = createWhere(config)
  const ownerTally = createOwnerTally((route, why) => {
    const rule = config.routes.find((one) => patternOf(one) === route)?.owner
    log.warn({ event: 'owner_unchecked', route, why }, uncheckedAdvice(why, rule))
  })
  const noSignInAt = new Set<string>()
  const storeUnreachable = (error: unknown) => {
    metrics.storeFailures.inc()
    // One line for each call that failed is for whoever looks for it: an outage has lines of its own.
    log.debug({ event: 'store_unreachable', cause: errorCode(error) }, messageOf(error))
  }
  const background = (error: unknown) =>
    log.error({ event: 'background', cause: errorCode(error) }, messageOf(error))
  return {
    proxy: {
      failed: background,
      denied(denial) {
        metrics.denials.inc({ code: denial.code })
        log.info({ event: 'denied', ...denial, ...whereOf(denial) }, denial.code)
      },
      answered(answer) {
        metrics.answered(answer.route, answer.status)
        if (answer.cut !== undefined) log.info({ event: 'cut', ...answer }, 'answer cut off')
        else if (access) log.info(answer)
      },
      leakPrevented(leak) {
        const { stopped, ...facts } = leak
        const what = leak.seen === 'token' ? 'a token' : 'an answer'
        if (stopped) {
          metrics.leaksPrevented.inc()
          log.error({ event: 'leak_prevented', ...facts }, `${what} of another session was stopped`)
        } else {
          log.error({ event: 'leak_observed', ...facts }, `${what} of another session was let pass`)
        }
        leakSeen(leak)
      },
      ownerChecked(outcome, route, why) {
        metrics.ownerChecked(outcome)
        ownerTally.add(outcome, route, why)
      },
      storeUnreachable,
    },
    signIn: {
      signedIn({ provider, ref, requestId }) {
        metrics.signIns.inc({ provider, outcome: 'signed_in' })
        log.info({ event: 'signed_in', provider, ref, requestId }, 'signed in')
      },
      refused({ provider, status, requestId }) {
        metrics.signIns.inc({ provider, outcome: 'refused' })
        log.info({ event: 'sign_in_refused', provider, status, requestId }, 'sign-in refused')
        const known = config.providers.find(({ name }) => name === provider)
        if ((status !== 404 && status !== 405) || !known || noSignInAt.has(provider)) return
        noSignInAt.add(provider)
        log.warn(
          { event: 'sign_in_not_found', provider, status, requestId },
          `a sign-in was answered ${status}, as where there is none: look at ${signInSetting(known)}`,
        )
      },
      unreadable({ provider, hint, requestId }) {
        metrics.signIns.inc({ provider, outcome: 'unreadable' })
        log.error({ event: 'sign_in_unreadable', provider, requestId }, hint)
      },
      unreachable({ provider, cause, requestId }) {
        metrics.signIns.inc({ provider, outcome: 'unreachable' })
        const facts = {
          event: 'provider_unreachable',
          provider,
          requestId,
          host: hostOf(cause),
          cause: errorCode(cause),
        }
        log.error(facts, 'sign-in service unreachable')
      },
      signedOut({ ref, requestId }) {
        log.info({ event: 'signed_out', ref, requestId }, 'signed out')
      },
      storeUnreachable,
    },
    refresh: {
      storeUnreachable,
      refreshed(provider, ref) {
        metrics.refreshes.inc({ provider, outcome: 'refreshed' })
        log.debug({ event: 'refreshed', provider, ref }, 'token renewed')
      },
      refused(provider, ref) {
        metrics.refreshes.inc({ provider, outcome: 'refused' })
        log.info({ event: 'refresh_refused', provider, ref }, 'renewal refused, session ended')
      },
      unreachable(provider, ref, cause) {
        metrics.refreshes.inc({ provider, outcome: 'unreachable' })
        const facts = { event: 'refresh_unreachable', provider, ref, host: hostOf(cause) }
        log.warn({ ...facts, cause: errorCode(cause) }, 'renewal failed, session kept')
      },
      ownerChanged(provider, ref) {
        metrics.refreshes.inc({ provider, outcome: 'owner_changed' })
        log.error(
          { event: 'owner_changed', provider, ref },
          'renewed for somebody else, session ended',
        )
      },
    },
    sessions: {
      touchFailed: storeUnreachable,
      distrusted: () => metrics.repliesDistrusted.inc(),
      unsealable(storeKey) {
        metrics.recordsUnsealable.inc()
        log.error({ event: 'record_unsealable', storeKey }, 'a record did not open with its ticket')
      },
    },
    store: {
      outageBegan(lost, cause) {
        metrics.storeOutages.inc({ lost })
        const what = lost === 'writes' ? 'nothing can be written' : 'requests are answered 503'
        const text = `sessions cannot be reached: ${what}; ${messageOf(cause)}`
        log.error({ event: 'outage_began', lost, cause: errorCode(cause) }, text)
      },
      outageEnded(ms) {
        log.warn({ event: 'outage_ended', ms }, 'sessions can be reached again')
      },
    },
    live: {
      failed: background,
      opened: (kind) => metrics.liveOpened.inc({ kind }),
      closed(kind, why) {
        metrics.liveClosed.inc({ kind, why })
        if (why !== 'left') log.debug({ event: 'live_closed', kind, why }, 'live connection closed')
      },
      refused: (limit) => metrics.liveRefused.inc({ limit }),
    },
    operators: {
      ended(count, sessions) {
        const refs = sessions.map(({ ref }) => ref)
        log.warn({ event: 'ended_by_operator', count, refs }, 'an operator ended sessions')
      },
    },
    cookieUnreadable: () => metrics.cookiesUnreadable.inc(),
    background,
  }
}

/** What a denial does not know itself, and whoever reads the log has to: who was called, where to come instead. */
function createWhere({ providers, publicOrigin, routes }: TellingConfig) {
  const byPattern = new Map(
    routes.map((route) => {
      const provider = providers.find(({ name }) => name === route.provider)
      const refresh = provider?.refresh && hostPort(provider.refresh.url)
      return [patternOf(route), { upstream: hostPort(route.upstream), refresh }] as const
    }),
  )
  return ({ code, route }: Denial): { host?: string; open?: string } => {
    if (code === 'host_unknown') return { open: publicOrigin }
    const where = byPattern.get(route)
    const host = code === 'provider_unreachable' ? where?.refresh : where?.upstream
    const calls = code === 'provider_unreachable' || code.startsWith('upstream_')
    return calls && host !== undefined ? { host } : {}
  }
}

function patternOf({ match, at }: Config['routes'][number]): string {
  return match === 'path' ? at : `${at === '/' ? '' : at}/*`
}

function hostOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('host' in cause)) return undefined
  return typeof cause.host === 'string' ? cause.host : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error'
}
