// The schema of sessions: the cookie that carries their tickets, how long they live, where they are kept.
import { Type } from 'typebox'
import { defaults } from './defaults.ts'
import { anyText, choice, group, text, yesNo } from './schema-parts.ts'

const opt = Type.Optional

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
