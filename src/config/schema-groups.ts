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

export const workers = Type.Union(
  // Without a type of its own the word does not make every variable's number a text.
  [count(1, 256, { description: 'So many processes.' }), Type.Unsafe<'auto'>({ const: 'auto' })],
  {
    says: 'must be a whole number of 1 or more, or auto',
    description:
      'Processes that share the work, on this machine; `auto`: one for each processor. More than one need a store that processes share. `WEB_CONCURRENCY` fills it in where it is not written.',
    default: defaults.workers,
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
    kind: choice(['sqlite', 'redis', 'memory'], {
      description:
        '`sqlite`: one file, kept across restarts. `redis`: Redis or Valkey, shared by many machines. `memory`: gone at every restart.',
      default: defaults.store.kind,
    }),
    url: opt(
      text('redis', {
        description:
          'With `redis`: where it is, `rediss://` for TLS, with user and password if it wants them. `REDIS_URL` fills in a missing `store`.',
        examples: [
          'redis://host:6379',
          'redis+sentinel://host:26379,host:26379/name',
          'redis+cluster://host:6379,host:6379',
        ],
      }),
    ),
    tls: opt(
      Type.Union(
        [
          choice(['verified', 'unverified'], {
            description: 'Whether its certificate is checked.',
          }),
          group(
            {
              ca: anyText({
                description:
                  'PEM of the certificate authority that signed it, trusted in place of the usual ones; best as `{ file: ca.pem }`.',
              }),
            },
            'A certificate authority of its own.',
          ),
        ],
        {
          says: 'must be verified, unverified or { ca: { file: ca.pem } }',
          description:
            'With a `rediss://` address: how its certificate is checked. `COATCHECK_REDIS_TLS` (`verified`, `unverified` or the path of a CA file) overrides it.',
          default: defaults.store.tls,
        },
      ),
    ),
    sentinelPassword: opt(
      anyText({
        description: 'With `redis` behind sentinels: their own password, where they have one.',
      }),
    ),
    prefix: opt(
      text('keyPrefix', {
        description: 'With `redis`: begins the name of every key and channel.',
        default: defaults.store.prefix,
      }),
    ),
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
    timeout: opt(
      text('timeout', {
        description: 'The longest that the store may take to answer; then requests get 503.',
        default: defaults.store.timeout,
      }),
    ),
    grace: opt(
      text('duration', {
        description:
          'Serve sessions from memory for so long after the last sign of life from the store. More than `1s` suspends the promise that signing out takes effect everywhere within a second.',
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
