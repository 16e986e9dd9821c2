// The schema of what only a provider of kind confirm has: who checks a link, and what becomes of it.
import { Type } from 'typebox'
import { defaults } from './defaults.ts'
import { anyText, choice, count, group, text, texts, yesNo } from './schema-parts.ts'

const opt = Type.Optional

const validate = group(
  {
    url: text('address', {
      description: 'Who checks the token of a link; asked with POST, never while a browser waits.',
    }),
    body: opt(
      texts({
        description:
          'Fields to send; `{token}` and `{id}` (the name of the attempt) are filled in. Left out: `{ token: "{token}" }`.',
      }),
    ),
    format: opt(
      choice(['json', 'form'], {
        description: 'How they are sent.',
        default: defaults.confirm.format,
      }),
    ),
  },
  'With `kind: confirm`: the external validator.',
)

const pusher = group(
  {
    appId: anyText({ description: 'Of the Pusher application.' }),
    key: anyText({ description: 'Of the Pusher application.' }),
    secret: anyText({ description: 'Of the Pusher application.' }),
    cluster: opt(anyText({ description: 'Its cluster; or `host`.' })),
    host: opt(text('host', { description: 'Of a server that speaks the same protocol.' })),
    port: opt(count(1, 65_535, { description: 'Left out: the usual one.' })),
    tls: opt(
      yesNo({ description: 'Whether it is called over https.', default: defaults.confirm.pushTls }),
    ),
  },
  'A Pusher-compatible service that hears the outcome, on a channel of each attempt.',
)

export const confirmSettings = {
  validate: opt(validate),
  valid: opt(
    text('pointer', {
      description:
        'With `kind: confirm`: what is `true` in the answer exactly when the link is good. Left out: every 2xx says so.',
    }),
  ),
  within: opt(
    text('timeout', {
      description: 'With `kind: confirm`: so long after the click it is too late.',
      default: defaults.confirm.within,
    }),
  ),
  secret: opt(
    Type.String({
      minLength: 16,
      description:
        'With `kind: confirm`: at least 16 characters, with which a validator that answered 202 signs its completion. Left out: it has to answer at once.',
    }),
  ),
  confirm: opt(
    choice(['click', 'auto'], {
      description:
        'With `kind: confirm`: whether opening the link is enough where nobody is signed in. With `auto` whoever opens a link of somebody else is signed in as that person.',
      default: defaults.confirm.confirm,
    }),
  ),
  account: opt(
    text('pointer', {
      description:
        'With `kind: confirm`, where the token is a JWT: the claim that names the account on the page, before the click.',
    }),
  ),
  for: opt(
    anyText({
      description:
        'With `kind: confirm`: the provider whose tokens the validator hands out; its routes take them, and it renews and revokes them. Left out: a provider of its own.',
    }),
  ),
  push: opt(group({ pusher }, 'With `kind: confirm`: who else hears the outcome.')),
}
