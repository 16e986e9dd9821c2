// What happens, told twice: a line in the log and a count in the metrics. No line holds what could open a session.
import type { Logger } from 'pino'
import type { Metrics } from './http/metrics.ts'
import type { ProxyEvents } from './proxy/context.ts'
import { errorCode } from './proxy/failure.ts'
import type { SessionsOptions } from './session/sessions.ts'
import type { SignInEvents } from './sign-in/context.ts'
import type { RefreshEvents } from './tokens/refresh.ts'

export interface Events {
  readonly proxy: ProxyEvents
  readonly signIn: SignInEvents
  readonly refresh: RefreshEvents
  readonly sessions: SessionsOptions['events']
  cookieUnreadable(): void
  /** Something nobody waits for went wrong. */
  background(error: unknown): void
}

/** `access`: one more line for every proxied answer. */
export function createEvents(log: Logger, metrics: Metrics, access: boolean): Events {
  const storeUnreachable = (error: unknown) => {
    metrics.storeFailures.inc()
    log.error({ event: 'store_unreachable', cause: errorCode(error) }, messageOf(error))
  }
  const background = (error: unknown) =>
    log.error({ event: 'background', cause: errorCode(error) }, messageOf(error))
  return {
    proxy: {
      failed: background,
      denied(denial) {
        metrics.denials.inc({ code: denial.code })
        log.info({ event: 'denied', ...denial }, denial.code)
      },
      answered(answer) {
        metrics.answered(answer.route, answer.status)
        if (answer.cut !== undefined) log.info({ event: 'cut', ...answer }, 'answer cut off')
        else if (access) log.info(answer)
      },
      leakPrevented(leak) {
        metrics.leaksPrevented.inc()
        log.error({ event: 'leak_prevented', ...leak }, 'a token of another session was stopped')
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
        const facts = { event: 'refresh_unreachable', provider, ref, cause: errorCode(cause) }
        log.warn(facts, 'renewal failed, session kept')
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
      unsealable(storeKey) {
        metrics.recordsUnsealable.inc()
        log.error({ event: 'record_unsealable', storeKey }, 'a record did not open with its ticket')
      },
    },
    cookieUnreadable: () => metrics.cookiesUnreadable.inc(),
    background,
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error'
}
