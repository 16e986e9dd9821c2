// The schema of the settings that stand in a group of their own: listeners, cookie, session, store, limits.
import { Type } from 'typebox'
import { defaults } from './defaults.ts'
import { anyText, choice, count, group, text, yesNo } from './schema-parts.ts'
import { forwardTimeouts } from './schema-route.ts'

const opt = Type.Optional

const port = (description: string, fallback: number) =>
  opt(count(0, 65_535, { description, default: fallback }))

export const listen = group(
  {
    host: opt(
      text('host', {
        description: 'Address to listen on. With `PORT` or `DYNO` set: `0.0.0.0`.',
        default: defaults.listen.host,
      }),
    ),
    port: port('Port to listen on. The variable `PORT` replaces it.', defaults.listen.port),
  },
  'Where browsers, or the proxies in front, reach the gateway.',
)

export const operators = Type.Union(
  [
    Type.Literal(false),
    group(
      {
        host: opt(
          text('host', {
            description: 'Address to listen on.',
            default: defaults.operators.host,
          }),
        ),
        port: port(
          'Port to listen on; one higher where `listen.port` is the same.',
          defaults.operators.port,
        ),
        token: opt(
          Type.String({
            minLength: 16,
            description: 'Bearer token, at least 16 characters; needed off loopback.',
          }),
        ),
      },
      "The operators' listener.",
    ),
  ],
  {
    says: 'must be a mapping with host, port and token, or false',
    description: 'The listener with `/livez`, `/readyz` and `/metrics`; `false` for none.',
  },
)

export const cookie = group(
  {
    keys: opt(
      Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
        says: 'must be text (comma-separated keys) or a list of keys',
        description:
          '32 bytes each as base64url, comma-separated or a list; the first seals, all open. `COATCHECK_KEYS` replaces it. Made once in `data/coatcheck.keys` on your own machine, needed elsewhere.',
      }),
    ),
    secret: opt(
      Type.String({
        description:
          'Any secret of at least 32 characters, from which one more key is derived (HKDF-SHA256). `COATCHECK_SECRET` replaces it.',
      }),
    ),
    sameSite: opt(
      choice(['strict', 'lax'], {
        description: 'SameSite of the session cookie.',
        default: defaults.cookie.sameSite,
      }),
    ),
  },
  'The cookie that carries the ticket.',
)

export const session = group(
  {
    idle: opt(
      text('duration', {
        description: 'A session without requests for so long needs a new sign-in.',
        default: defaults.session.idle,
      }),
    ),
    lifetime: opt(
      text('duration', {
        description: 'A session ends after so long, whatever happens; 400d at most.',
        default: defaults.session.lifetime,
      }),
    ),
  },
  'How long sessions live; never past their refresh token.',
)

export const store = group(
  {
    kind: choice(['sqlite', 'memory'], {
      description: '`sqlite`: one file, kept across restarts. `memory`: gone at every restart.',
      default: defaults.store.kind,
    }),
    path: opt(
      anyText({
        description: 'With `sqlite`: the file, relative to the working directory.',
        default: defaults.store.path,
      }),
    ),
    ephemeral: opt(
      yesNo({
        description: 'Accept that sessions are lost at every restart of a Heroku dyno.',
        default: defaults.store.ephemeral,
      }),
    ),
  },
  'Where sessions are kept, sealed.',
)

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
