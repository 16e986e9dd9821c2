// The target file as people write it.
import { type Static, Type } from 'typebox'
import { anyText, count, group, text } from '../../config/schema-parts.ts'

const opt = Type.Optional

const PATH = '^/(?!/)[\\x21-\\x5b\\x5d-\\x7e]*$'
const path = () =>
  Type.String({ pattern: PATH, says: 'must be a path of the target: it starts with one slash' })
/** Whatever is called otherwise is refused, and not passed on unseen. */
const closed = { additionalProperties: false }
const headers = () =>
  Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }), Type.String(), closed)
const fields = () =>
  Type.Record(Type.String({ pattern: '^[^\\x00-\\x1f]{1,64}$' }), Type.Unknown(), closed)

const action = (description: string, says: string) =>
  Type.Object(
    {
      page: opt(path()),
      get: opt(path()),
      post: opt(path()),
      put: opt(path()),
      delete: opt(path()),
      json: opt(fields()),
      form: opt(fields()),
      headers: opt(headers()),
    },
    { additionalProperties: false, description, says },
  )

const SIGN_IN =
  'must be { post: /login, json: { username: "{name}", password: "{password}" } }, with a path and fields of yours'

const user = Type.Intersect([
  Type.Object({ name: anyText() }, { says: 'must be { name: alice, password: … }' }),
  Type.Record(Type.String({ pattern: '^[A-Za-z_][\\w-]{0,63}$' }), anyText(), closed),
])

/** Without `needed`: what is missing there must not keep the rest from being looked at. */
export const targetSchema = group(
  {
    target: opt(text('base', { description: 'Where the service is.' })),
    headers: opt(headers()),
    signIn: opt(action('How a user signs in.', SIGN_IN)),
    signOut: opt(action('How a user signs out.', 'must be { post: /logout }')),
    carry: opt(
      Type.Union(
        [
          Type.Literal('cookies'),
          group({ bearer: text('pointer') }, 'A token of the answer, as Bearer.'),
          group({ header: text('headerName'), from: text('pointer') }, 'A token in a header.'),
        ],
        { says: 'must be cookies, { bearer: /access_token } or { header: X-Token, from: /token }' },
      ),
    ),
    whoami: opt(
      Type.Object(
        {
          get: path(),
          owner: Type.Union(
            [text('pointer'), group({ text: anyText() }, 'A regular expression.')],
            {
              says: 'must be a JSON Pointer such as /username, or { text: "Hello, (\\\\w+)" }',
            },
          ),
          is: opt(anyText()),
        },
        {
          additionalProperties: false,
          description: 'How a user asks who he or she is.',
          says: 'must be { get: /user, owner: /username }',
        },
      ),
    ),
    users: opt(
      Type.Union(
        [
          Type.Literal('personas'),
          group({ csv: anyText() }, 'A file with a line of names on top.'),
          group({ personas: anyText() }, "A gateway's configuration with qa.personas."),
          Type.Array(user, { maxItems: 1000 }),
        ],
        {
          says: 'must be a list of two users or more, { csv: users.csv }, { personas: coatcheck.yaml } or personas',
        },
      ),
    ),
    limit: opt(count(2, 1000, { description: 'So many of the users take part.' })),
    reads: opt(
      Type.Array(path(), {
        maxItems: 32,
        says: 'must be a list of paths, such as [/notes, /orders]',
      }),
    ),
    ordinary: opt(
      Type.Array(path(), {
        maxItems: 33,
        says: 'must be a list of paths, such as [/members]',
      }),
    ),
    mix: opt(
      group(
        {
          whoami: opt(count(1, 100, { description: 'Weight.' })),
          reads: opt(count(0, 100, { description: 'Weight.' })),
          visitors: opt(count(0, 100, { description: 'Weight.' })),
        },
        'Weights of the steady load.',
      ),
    ),
    restart: opt(anyText()),
    allowHosts: opt(
      Type.Array(text('host'), {
        maxItems: 32,
        says: 'must be a list of hosts, such as [staging.example.org]',
      }),
    ),
    rate: opt(count(1, 100_000, { description: 'Requests a second.' })),
    seed: opt(count(0, 4_294_967_295, { description: 'Of the dice.' })),
    requests: opt(count(1, 100_000, { description: 'Of each user in each phase.' })),
    timeouts: opt(
      group(
        {
          request: opt(text('timeout')),
          restart: opt(text('timeout')),
          total: opt(text('timeout')),
        },
        'How long things may take.',
      ),
    ),
  },
  'A target file.',
)

export type TargetFile = Static<typeof targetSchema>

export const needed: readonly string[] = ['target', 'signIn', 'whoami', 'users']
