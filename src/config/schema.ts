// The configuration file as users write it: checks, editors and the option table all come from here.
import { type Static, Type } from 'typebox'
import { defaults } from './defaults.ts'
import { limits, live, log, pages, timeouts } from './schema-groups.ts'
import { listen, operators, workers } from './schema-listeners.ts'
import { anyText, count, group, PROVIDER_NAME, text, yesNo } from './schema-parts.ts'
import { provider } from './schema-provider.ts'
import { qa } from './schema-qa.ts'
import { csrf, files, route } from './schema-route.ts'
import { cookie, session, store } from './schema-sessions.ts'

const opt = Type.Optional

export const fileSchema = group(
  {
    publicOrigin: opt(
      text('origin', {
        description:
          'What browsers see: scheme, host and port. Needed off loopback and with `NODE_ENV=production`; on your own machine `http://localhost:<listen.port>`. `COATCHECK_PUBLIC_ORIGIN` replaces it.',
        examples: ['https://app.example.org'],
      }),
    ),
    upstream: opt(
      text('base', {
        description:
          'Short for one route: prefix `/api`, session required. `COATCHECK_UPSTREAM` replaces it.',
        examples: ['https://api.example.org'],
      }),
    ),
    signIn: opt(
      text('signIn', {
        description:
          'Short for one password provider named `main`: its sign-in endpoint, a path at `upstream` or an address. `POST /api` + this path answers too. Left out, with `upstream` and no `providers`: `/login`. What else there is to say about it stands under `providers.main`.',
        examples: ['/login'],
      }),
    ),
    insecureHttp: opt(
      yesNo({
        description:
          'Accept a `publicOrigin` with plain http off loopback (containers in CI). Refused with `NODE_ENV=production`.',
        default: defaults.insecureHttp,
      }),
    ),
    listen: opt(listen),
    operators: opt(operators),
    workers: opt(workers),
    cookie: opt(cookie),
    session: opt(session),
    store: opt(store),
    trustProxy: opt(
      count(0, 16, {
        description:
          'Reverse proxies in front whose X-Forwarded-For entry is believed. With `DYNO` set: 1.',
        default: defaults.trustProxy,
      }),
    ),
    csrf: opt(
      csrf(
        '`same-origin`: Fetch Metadata and Origin decide. `header`: unsafe methods also need `X-CSRF: 1`. `strict`: all methods need it.',
        defaults.csrf,
      ),
    ),
    pages: opt(pages),
    timeouts: opt(timeouts),
    limits: opt(limits),
    live: opt(live),
    log: opt(log),
    claims: opt(
      Type.Array(anyText(), {
        uniqueItems: true,
        maxItems: 64,
        description: 'Claims of the identity that `GET /auth/session` may show.',
        default: defaults.claims,
      }),
    ),
    nearCache: opt(
      group(
        {
          sessions: opt(
            count(0, 1_000_000, {
              description: 'Unsealed sessions kept in memory; 0 reads the store each time.',
              default: defaults.nearCache.sessions,
            }),
          ),
        },
        'Memory between requests and store.',
      ),
    ),
    qa: opt(qa),
    providers: opt(
      Type.Record(Type.String({ pattern: PROVIDER_NAME }), provider, {
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 64,
        description: 'Who issues tokens, by name.',
      }),
    ),
    routes: opt(Type.Array(route, { maxItems: 1_000, description: 'What is forwarded where.' })),
    static: opt(
      Type.Union([files, Type.Array(files, { maxItems: 64 })], {
        says: 'must be a mapping with prefix, dir and fallback, or a list of these',
        description: 'Files of a frontend, one directory or several.',
      }),
    ),
  },
  'Coatcheck: the configuration of one gateway.',
)

export type ConfigFile = Static<typeof fileSchema>
export type ProviderFile = Static<typeof provider>
export type RouteFile = Static<typeof route>
export type StaticFile = Static<typeof files>
