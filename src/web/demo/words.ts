// What the page says when something happened, in plain words with a way on. Pure.
import type { Code, Problem, SessionState } from '../../client/client.ts'

export interface Words {
  readonly title: string
  readonly text: string
}

export type Reason = NonNullable<SessionState['reason']>

const REASONS: Readonly<Record<Reason, Words>> = {
  signed_out: {
    title: 'Signed out elsewhere',
    text: 'Another tab of this browser signed you out. The counter ended the session for all of them.',
  },
  replaced: {
    title: 'Signed in anew',
    text: 'Somebody signed in again in this browser, and a new session took the place of this one.',
  },
  revoked: {
    title: 'Ended from elsewhere',
    text: 'An operator, or another device of yours, ended this session.',
  },
  refresh_refused: {
    title: 'Your token was not renewed',
    text: 'The upstream refused to renew it, so the counter ended the session.',
  },
  token_expired: {
    title: 'Your token ran out',
    text: 'It expired and nothing could renew it, so the session ended with it.',
  },
  upstream_refused: {
    title: 'Your token is no longer accepted',
    text: 'The upstream refused it, so the counter ended the session.',
  },
  owner_changed: {
    title: 'Stopped to be safe',
    text: 'The upstream renewed your token with one of somebody else. Nobody was shown anything.',
  },
  leak_prevented: {
    title: 'Stopped to be safe',
    text: 'An answer was about to reach the wrong person. Nobody was shown anything.',
  },
  sign_in_refused: {
    title: 'The link was refused',
    text: 'Whoever checked it says that it is not good, or not any more. Ask for another one.',
  },
  sign_in_late: {
    title: 'That took too long',
    text: 'Nobody said in time whether the link is good. Open it again.',
  },
  sign_in_unreadable: {
    title: 'The link could not be checked',
    text: 'The answer about it could not be read. The log of the counter says which setting to write.',
  },
  idle: {
    title: 'You were away',
    text: 'Nothing was done for a while, so the counter closed your session.',
  },
  pending: {
    title: 'Not finished yet',
    text: 'Your sign-in is waiting for its last step.',
  },
  session_changed: {
    title: 'This page is over',
    text: 'Another tab signed in as somebody else. What was shown here was not theirs, so it is gone.',
  },
}

export function reasonWords(reason: Reason): Words {
  return REASONS[reason]
}

const PROBLEMS: Readonly<Partial<Record<Code, (problem: Problem) => Words>>> = {
  sign_in_refused: ({ message }) => ({
    title: 'That did not match',
    text: message,
  }),
  too_many_attempts: ({ retryAfter = 60 }) => ({
    title: 'Too many attempts',
    text: `The counter takes a break. Try again in ${retryAfter} s.`,
  }),
  cookie_blocked: () => ({
    title: 'Your browser did not keep the ticket',
    text: 'The sign-in worked, but its cookie did not come back. Allow cookies for this site in the address bar or the privacy settings, then sign in again.',
  }),
  session_changed: () => REASONS.session_changed,
  store_unreachable: () => ({
    title: 'The counter cannot look up its records',
    text: 'Nothing is lost and nobody was signed out. This page asks again by itself.',
  }),
  gateway_unreachable: () => ({
    title: 'The gateway does not answer',
    text: 'Is the demo still running in its terminal? Nothing is lost: what it keeps survives a restart. This page asks again by itself.',
  }),
  provider_unreachable: () => ({
    title: 'The sign-in service does not answer',
    text: 'Nothing is lost and nobody was signed out. Try again in a moment.',
  }),
}

export function problemWords(problem: Problem): Words {
  const words = PROBLEMS[problem.code]?.(problem)
  return words ?? { title: 'That did not work', text: `${problem.message} (${problem.code}).` }
}

const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const SHORT_TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' })

/** `06:22:13` */
export function timeOf(at: number): string {
  return TIME.format(at)
}

/** `06:22` */
export function shortTimeOf(at: number): string {
  return SHORT_TIME.format(at)
}

/** `1 refresh`, `2 refreshes`. */
export function count(many: number, one: string, several = `${one}s`): string {
  return `${many} ${many === 1 ? one : several}`
}
