// The schema of one route and of one directory of files.
import { Type } from 'typebox'
import { defaults } from './defaults.ts'
import { anyText, choice, group, text, yesNo } from './schema-parts.ts'
import { tls } from './schema-provider.ts'

const opt = Type.Optional

const csrfWords = ['same-origin', 'header', 'strict'] as const

/** `same-origin`, `header` or `strict`. */
export function csrf(description: string, fallback?: string) {
  const notes = fallback === undefined ? { description } : { description, default: fallback }
  return choice(csrfWords, notes)
}

/** The three timeouts of a forwarded request; on a route they replace the general ones. */
export function forwardTimeouts(from: { connect?: string; response?: string; idle?: string }) {
  const timeout = (description: string, fallback: string | undefined) =>
    opt(
      text(
        'timeout',
        fallback === undefined ? { description } : { description, default: fallback },
      ),
    )
  return {
    connect: timeout('Until a connection to the upstream stands.', from.connect),
    response: timeout("Until the upstream's answer begins.", from.response),
    idle: timeout(
      'Between two pieces of an answer; never applies to event streams and WebSockets.',
      from.idle,
    ),
  }
}

const owner = group(
  {
    header: opt(
      text('headerName', {
        description: 'The header of an answer that says whose it is. `header` or `field`.',
      }),
    ),
    field: opt(
      text('pointer', {
        description:
          'Where a JSON answer says whose it is; read in answers up to 64 KiB, which wait for it.',
        examples: ['/username'],
      }),
    ),
    is: opt(
      anyText({
        description: 'What it must equal: `sub`, `name`, or one of `claims`.',
        default: defaults.owner.is,
      }),
    ),
    on: opt(
      choice(['refuse', 'observe'], {
        description:
          "Somebody else's answer: `refuse` holds it back (500 `leak_prevented`), `observe` counts and logs it.",
        default: defaults.owner.on,
      }),
    ),
  },
  'Checks on the way back that an answer belongs to whoever asked.',
)

export const route = group(
  {
    path: opt(text('path', { description: 'Exactly this path. A route has `path` or `prefix`.' })),
    prefix: opt(
      text('path', {
        description:
          'This path and everything below it, by whole segments. The longest match wins, an exact one first; the order in the file does not matter.',
      }),
    ),
    upstream: text('base', {
      description: 'Base address: its path + what follows `path` or `prefix`.',
    }),
    auth: opt(
      choice(['required', 'optional', 'public'], {
        description:
          '`required`: 401 without a session. `optional`: the token goes along where there is a session. `public`: never a token.',
        default: defaults.route.auth,
      }),
    ),
    provider: opt(
      Type.String({
        minLength: 1,
        description: 'Whose token goes along. Left out: the only provider there is.',
      }),
    ),
    cache: opt(
      choice(['no-store', 'private'], {
        description:
          'What browsers may keep of answers to signed-in users: nothing, or what the upstream allows, but never shared caches.',
        default: defaults.route.cache,
      }),
    ),
    cookies: opt(
      Type.Array(text('cookieName'), {
        uniqueItems: true,
        maxItems: 64,
        description: 'Names of upstream cookies that pass both ways. All others stop here.',
        default: [],
      }),
    ),
    bodyLimit: opt(
      text('size', {
        description: 'Largest request body, such as `64KiB` or `10MB`. Left out: no limit.',
      }),
    ),
    csrf: opt(csrf('As `csrf` above, for this route. Left out: the general one.')),
    passive: opt(
      yesNo({
        description:
          'Requests and messages here do not keep a session from becoming idle (polling).',
        default: defaults.route.passive,
      }),
    ),
    live: opt(
      group(
        {
          dropOnRefresh: opt(
            yesNo({
              description:
                'WebSockets and event streams end when the token they were opened with is renewed, for upstreams that go by the first token only.',
              default: defaults.route.dropOnRefresh,
            }),
          ),
        },
        'WebSockets and event streams of this route.',
      ),
    ),
    timeouts: opt(group(forwardTimeouts({}), 'In place of the general ones, for this route.')),
    tls: opt(tls),
    owner: opt(owner),
  },
  'A path and the upstream behind it.',
)

export const files = group(
  {
    prefix: opt(
      text('path', {
        description: 'The path under which the files appear.',
        default: defaults.static.prefix,
      }),
    ),
    dir: Type.String({
      minLength: 1,
      description: 'Their directory, relative to the configuration file.',
    }),
    fallback: opt(
      text('inside', {
        description:
          'A file inside `dir` that answers navigations to paths that are no file (single-page applications).',
        examples: ['index.html'],
      }),
    ),
  },
  'Files of a frontend.',
)
