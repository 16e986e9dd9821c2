// The schema of one provider: who issues token sets, and how to read its answers.
import { Type } from 'typebox'
import { defaults } from './defaults.ts'
import { confirmSettings } from './schema-confirm.ts'
import { anyText, choice, group, oneOrMore, places, text, texts } from './schema-parts.ts'

const opt = Type.Optional

export const tls = group(
  {
    ca: opt(
      anyText({
        description:
          'PEM of a certificate authority that is trusted besides the usual ones; best as `{ file: ca.pem }`. Certificates are always verified.',
      }),
    ),
  },
  'How the other side proves itself over https.',
)

const signIn = group(
  {
    url: opt(
      text('address', {
        description:
          "The provider's own sign-in endpoint; the fields are posted to it. Needed, but under `main` beside `upstream` or the short `signIn`.",
      }),
    ),
    also: opt(
      text('path', {
        description:
          "The frontend's own sign-in path (exact, POST): answers as the provider does, status and body, with the tokens removed.",
        examples: ['/api/login'],
      }),
    ),
    format: opt(
      choice(['json', 'form'], {
        description: 'How the fields are sent to the provider.',
        default: defaults.signIn.format,
      }),
    ),
    fields: opt(
      texts({
        description:
          "Field the provider expects → field the browser sends. Left out, the browser's fields go up as they are.",
      }),
    ),
    alsoSend: opt(
      texts({ description: 'Constant fields that are sent along, a client secret for example.' }),
    ),
    account: opt(
      oneOrMore({
        description: "Which of the browser's fields names the account, for the limits.",
        default: defaults.signIn.account,
      }),
    ),
  },
  'How a user signs in.',
)

const tokens = group(
  {
    access: opt(
      places({
        description:
          'Where the access token stands in the answer: JSON Pointer (RFC 6901), `{ header }`, `{ cookie }` or a list, of which the first found counts.',
        default: defaults.tokens.access,
      }),
    ),
    refresh: opt(
      places({
        description: 'Where the refresh token stands.',
        default: defaults.tokens.refresh,
      }),
    ),
    expiresIn: opt(
      places({
        description:
          "Where the access token's life stands, in seconds. A JWT's own `exp` is used where it is missing or absurd.",
        default: defaults.tokens.expiresIn,
      }),
    ),
  },
  'Where the tokens stand in the answer to a sign-in or refresh.',
)

const bearer = (token: 'access' | 'refresh') =>
  choice(['access', 'refresh'], {
    description: 'Which token authorises the call, sent as `Authorization: Bearer …`.',
    default: token,
  })

const refresh = group(
  {
    url: text('address', { description: 'The endpoint that renews tokens; called with POST.' }),
    bearer: opt(bearer(defaults.refresh.bearer)),
    form: opt(
      texts({
        description:
          'Sent as a form in place of `bearer`; `{refresh}` and `{access}` are filled in.',
      }),
    ),
    json: opt(
      texts({
        description: 'Sent as JSON in place of `bearer`; `{refresh}` and `{access}` are filled in.',
      }),
    ),
  },
  'How tokens are renewed. Left out, a session ends with its access token.',
)

const revoke = group(
  {
    url: text('address', {
      description: 'The endpoint that is told at sign-out; called with POST.',
    }),
    bearer: opt(bearer(defaults.revoke.bearer)),
  },
  'How the provider is told that tokens are no longer wanted.',
)

const identity = group(
  {
    url: opt(
      text('address', {
        description: 'Asked once at sign-in, with the new access token, who this is.',
      }),
    ),
    sub: opt(
      text('pointer', { description: "With `url`: where the user's id stands in that answer." }),
    ),
    claim: opt(
      oneOrMore({
        description:
          "Without `url`: the claims of the access token (a JWT), or fields of the sign-in answer, of which the first found is the user's id.",
        default: defaults.identity.claims,
      }),
    ),
    name: opt(
      oneOrMore({
        description:
          'Where a name to show stands: a JSON Pointer with `url`, claim names without it.',
        default: defaults.identity.nameClaims,
      }),
    ),
  },
  'Who signed in.',
)

const sendCookie = Type.Object({ cookie: text('cookieName') }, { additionalProperties: false })

export const provider = group(
  {
    kind: opt(
      choice(['password', 'confirm'], {
        description:
          "`password`: users sign in with fields they type, at the upstream's own endpoint; needs `signIn.url`. `confirm`: by a link, which somebody else checks in his own time; needs `validate.url`.",
      }),
    ),
    signIn: opt(signIn),
    tokens: opt(tokens),
    refresh: opt(refresh),
    revoke: opt(revoke),
    identity: opt(identity),
    send: opt(
      Type.Union([text('template'), sendCookie], {
        says: 'must be text with {access}, such as "Bearer {access}", or { cookie: NAME }',
        description:
          "How a request carries the token: the value of Authorization, with `{access}` where the token goes, or `{ cookie: NAME }` for the upstream's own cookie, kept per session.",
        default: defaults.send,
      }),
    ),
    ...confirmSettings,
    timeout: opt(
      text('timeout', {
        description:
          'How long the provider may take to answer. Left out: `timeouts.provider`; of a validator 30s, and `within` at most.',
      }),
    ),
    tls: opt(tls),
  },
  'One issuer of tokens; the key is its name.',
)
