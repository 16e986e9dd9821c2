// The schema of the QA bench: people who are made in a call.
import { Type } from 'typebox'
import { defaults } from './defaults.ts'
import { anyText, choice, group, PROVIDER_NAME, text, texts, yesNo } from './schema-parts.ts'

const opt = Type.Optional

/** In the order in which they are given to personas without one. */
export const COLOURS = [
  'violet',
  'green',
  'orange',
  'blue',
  'red',
  'teal',
  'pink',
  'brown',
] as const

const persona = group(
  {
    provider: opt(anyText({ description: 'Where they sign in. Left out: the only one there is.' })),
    username: opt(anyText({ description: 'What they sign in as. Left out: their own name here.' })),
    password: anyText({ description: 'Theirs at the provider; best as a variable.' }),
    fields: opt(
      texts({
        description: 'More fields that their sign-in form sends, or others in their place.',
      }),
    ),
    colour: opt(
      choice(COLOURS, {
        description: 'The same wherever they are shown. Left out: one that is free.',
      }),
    ),
  },
  'Somebody to test with.',
)

const record = Type.Union(
  [
    anyText({ description: 'The file.' }),
    group(
      {
        file: anyText({
          description:
            'The file, relative to the working directory; one that is there is kept, and another name taken.',
        }),
        body: opt(
          text('size', {
            description: 'The most that is kept of a body; 1MiB at most.',
            default: defaults.record.body,
          }),
        ),
        limit: opt(
          text('size', {
            description: 'The file grows no larger.',
            default: defaults.record.limit,
          }),
        ),
        redact: opt(
          Type.Array(anyText(), {
            uniqueItems: true,
            maxItems: 64,
            description:
              'Names of more fields, parameters and headers whose values are secrets; tokens, cookies, passwords and the like always are.',
            default: [],
          }),
        ),
      },
      'A recording and its bounds.',
    ),
  ],
  {
    says: 'must be a file, or a mapping with file, body, limit and redact',
    description: 'Records the traffic as HAR, redacted, from the start; for `coatcheck qa replay`.',
    examples: ['incident.har'],
  },
)

export const qa = group(
  {
    personas: opt(
      Type.Record(Type.String({ pattern: PROVIDER_NAME }), persona, {
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 64,
        description: 'Who can be signed in by a call, by name: small letters, digits and hyphens.',
      }),
    ),
    token: opt(
      Type.String({
        minLength: 16,
        description: 'Bearer token, at least 16 characters; needed off loopback.',
      }),
    ),
    badge: opt(
      yesNo({
        description:
          'Pages from `static` show whose window it is: a badge, before the title, in the icon. Turn it off where screenshots are compared.',
        default: true,
      }),
    ),
    record: opt(record),
    allow: opt(
      yesNo({
        description:
          'Accept the bench with an https `publicOrigin`, or with `NODE_ENV=production`: whoever reaches it can be any of the personas.',
        default: false,
      }),
    ),
  },
  'The QA bench under `/qa`. Left out: there is none.',
)
