// The schema of the settings that stand in a group of their own: pages, time limits, attempts, live connections, log.
import { Type } from 'typebox'
import { defaults } from './defaults.ts'
import { choice, count, group, text, yesNo } from './schema-parts.ts'
import { forwardTimeouts } from './schema-route.ts'

const opt = Type.Optional

export const pages = group(
  {
    signIn: opt(
      text('page', {
        description: 'The page that `GET /auth/login` sends browsers to.',
        default: defaults.pages.signIn,
      }),
    ),
    profile: opt(
      text('page', {
        description: 'Where a sign-in ends that has no other destination.',
        default: defaults.pages.profile,
      }),
    ),
  },
  'Pages of the frontend.',
)

export const timeouts = group(
  {
    ...forwardTimeouts(defaults.timeouts),
    provider: opt(
      text('timeout', {
        description: 'Until a provider has answered a sign-in, refresh or identity call.',
        default: defaults.timeouts.provider,
      }),
    ),
  },
  'How long others may take.',
)

export const limits = group(
  {
    signInPerAddress: opt(
      count(1, 1_000_000, {
        description:
          'Refused sign-in attempts from one address within `window`; 20 times as many in all.',
        default: defaults.limits.signInPerAddress,
      }),
    ),
    signInPerAccount: opt(
      count(1, 1_000_000, {
        description: 'Refused sign-in attempts for one account within `window`.',
        default: defaults.limits.signInPerAccount,
      }),
    ),
    window: opt(
      text('timeout', {
        description: 'The time over which attempts are counted.',
        default: defaults.limits.window,
      }),
    ),
  },
  'Sign-in attempts beyond these are answered 429 with Retry-After.',
)

export const live = group(
  {
    perSession: opt(
      count(1, 100_000, {
        description: 'Open at one time for one session; one more is answered 429.',
        default: defaults.live.perSession,
      }),
    ),
    perProcess: opt(
      count(1, 1_000_000, {
        description: 'Open at one time in one process; one more is answered 503.',
        default: defaults.live.perProcess,
      }),
    ),
    ping: opt(
      text('ping', {
        description:
          'Between two pings to each side of a WebSocket; who answers none until the next one is due is gone. Routers cut connections that are silent for 55 s.',
        default: defaults.live.ping,
      }),
    ),
    idle: opt(
      text('timeout', {
        description:
          'A WebSocket without a message either way for so long is closed. Left out: never.',
      }),
    ),
    maxMessage: opt(
      text('size', {
        description: 'Largest message of a WebSocket, either way; a larger one closes it (1009).',
        default: defaults.live.maxMessage,
      }),
    ),
  },
  'WebSockets and event streams.',
)

export const log = group(
  {
    level: opt(
      choice(['debug', 'info', 'warn', 'error', 'silent'], {
        description: 'The least severe lines to write.',
        default: defaults.log.level,
      }),
    ),
    access: opt(yesNo({ description: 'One line per request.', default: defaults.log.access })),
  },
  'What is logged; never a token, cookie or password.',
)
