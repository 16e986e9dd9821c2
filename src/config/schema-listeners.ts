// The schema of where and with how many processes the gateway listens.
import { Type } from 'typebox'
import { defaults } from './defaults.ts'
import { count, group, text } from './schema-parts.ts'

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
