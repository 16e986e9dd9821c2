// Which ring each file of src is in, and the one driver an adapter may import. The first row that matches wins.

/** 0 tools · 1 domain and contracts · 2 adapters · 3 Fastify plug-ins · 4 composition and commands. */
export type Ring = 0 | 1 | 2 | 3 | 4

export interface Room {
  /** A glob, from the checkout's top. */
  readonly files: string
  readonly ring: Ring
  /** Ring 2: the one third-party package of these files. */
  readonly driver?: string
  /** Packages of which these files may import types only. */
  readonly types?: readonly string[]
}

export const rooms: readonly Room[] = [
  { files: 'src/testing/**', ring: 4 },
  { files: 'src/{main,index,app,endpoints,gateway,operators,events,built-page}.ts', ring: 4 },
  { files: 'src/node-version.cjs', ring: 4 },
  { files: 'src/cli/**', ring: 4 },
  // For browsers: nothing of the gateway but its types. The Vite plug-in runs one.
  { files: 'src/client/vite.ts', ring: 4 },
  { files: 'src/client/react.ts', ring: 2, driver: 'react' },
  { files: 'src/client/*.ts', ring: 1 },
  { files: 'src/**/plug-in.ts', ring: 3 },

  { files: 'src/lib/**', ring: 0 },
  { files: 'src/errors.ts', ring: 0 },
  { files: 'src/log.ts', ring: 2, driver: 'pino' },

  // From files and variables to one Config: an adapter, but for what it makes.
  { files: 'src/config/config.ts', ring: 1 },
  { files: 'src/config/{schema,schema-*}.ts', ring: 2, driver: 'typebox' },
  { files: 'src/config/{check,shape-words}.ts', ring: 2, driver: 'ajv' },
  { files: 'src/config/{positions,print,unclosed}.ts', ring: 2, driver: 'yaml' },
  { files: 'src/config/near.ts', ring: 2, driver: 'leven' },
  { files: 'src/config/*.ts', ring: 2 },

  { files: 'src/session/stores/sqlite*.ts', ring: 2, driver: 'better-sqlite3' },
  { files: 'src/session/stores/redis*.ts', ring: 2, driver: 'ioredis' },
  { files: 'src/session/stores/*.ts', ring: 2 },
  {
    files: 'src/session/cookie.ts',
    ring: 2,
    driver: '@fastify/secure-session',
    types: ['fastify'],
  },
  { files: 'src/session/{seal,pending-box}.ts', ring: 2, driver: 'sodium-native' },
  { files: 'src/session/{near,reader}.ts', ring: 2, driver: 'lru-cache' },
  { files: 'src/session/device.ts', ring: 2, driver: 'bowser' },
  { files: 'src/session/*.ts', ring: 1 },

  { files: 'src/pending/mount.ts', ring: 4 },
  { files: 'src/pending/keyring.ts', ring: 2, driver: 'sodium-native' },
  { files: 'src/pending/pusher.ts', ring: 2, driver: 'pusher' },
  { files: 'src/pending/*.ts', ring: 1 },

  { files: 'src/tokens/providers/set-cookie.ts', ring: 2, driver: 'set-cookie-parser' },
  { files: 'src/tokens/providers/*.ts', ring: 2, driver: 'undici' },
  { files: 'src/tokens/*.ts', ring: 1 },

  { files: 'src/proxy/mount.ts', ring: 4 },
  { files: 'src/proxy/pool.ts', ring: 2, driver: 'undici' },
  { files: 'src/proxy/websocket-ends.ts', ring: 2, driver: 'ws' },
  { files: 'src/proxy/websocket-relay.ts', ring: 1, types: ['ws'] },
  // They work on the pool they are handed.
  { files: 'src/proxy/{exchange,forward,route}.ts', ring: 1, types: ['undici'] },
  { files: 'src/proxy/*.ts', ring: 1 },

  { files: 'src/live/*.ts', ring: 1 },

  { files: 'src/http/metrics.ts', ring: 2, driver: '@prometheus-io/client' },
  {
    files: 'src/http/{boundary,health,operators-sessions,own-address,static,upgrades}.ts',
    ring: 3,
  },
  { files: 'src/http/request-bodies.ts', ring: 1, types: ['fastify'] },
  { files: 'src/http/*.ts', ring: 1 },

  { files: 'src/sign-in/mount.ts', ring: 4 },
  { files: 'src/sign-in/address-key.ts', ring: 2, driver: 'ipaddr.js' },
  { files: 'src/sign-in/limiter.ts', ring: 2, driver: 'lru-cache' },
  { files: 'src/sign-in/*.ts', ring: 3 },

  // What the doctor finds is judged purely; these look, or put it together.
  { files: 'src/doctor/examine*.ts', ring: 4 },
  { files: 'src/doctor/gather-*.ts', ring: 2 },
  { files: 'src/doctor/*.ts', ring: 1 },

  // It finds and fills the built page; what it fills in is pure.
  { files: 'src/qa/report/html.ts', ring: 4 },
  { files: 'src/qa/report/page/*.ts', ring: 1 },
  { files: 'src/qa/report/terminal.ts', ring: 1 },
  // The leak finder: what it asks and how it judges is pure; these touch the outside, or put it together.
  {
    files:
      'src/qa/leaks/{run-leaks,first-phase,load-target,resolve-target,resolve-pages,resolve-users,users-personas,hosts,probe,probe-description}.ts',
    ring: 4,
  },
  { files: 'src/qa/leaks/dice.ts', ring: 2, driver: 'pure-rand' },
  { files: 'src/qa/leaks/jar.ts', ring: 2, driver: 'tough-cookie' },
  { files: 'src/qa/leaks/wire.ts', ring: 2, driver: 'undici' },
  { files: 'src/qa/leaks/users-csv.ts', ring: 2, driver: 'csv-parse' },
  { files: 'src/qa/leaks/target-schema.ts', ring: 4 },
  {
    files:
      'src/qa/leaks/{stage,entering,exchange,prepare,perform,restart,sparing,own-cookies,own-lessons,look-again,try-fixation,page-seen}.ts',
    ring: 2,
  },
  { files: 'src/qa/leaks/*.ts', ring: 1 },
  { files: 'src/qa/samples/accounts.ts', ring: 2, driver: 'undici' },
  { files: 'src/qa/samples/*.ts', ring: 2 },
  // It puts together what the others are handed.
  { files: 'src/qa/record/{writer,entry,recorder,gateway}.ts', ring: 2 },
  { files: 'src/qa/record/*.ts', ring: 1 },
  { files: 'src/qa/replay/recording.ts', ring: 2 },
  { files: 'src/qa/replay/send.ts', ring: 2, driver: 'undici' },
  { files: 'src/qa/replay/{passwords,run-replay}.ts', ring: 4 },
  { files: 'src/qa/replay/*.ts', ring: 1 },
  { files: 'src/qa/{mount,demo-upstream,one-jar-trial}.ts', ring: 4 },
  { files: 'src/qa/{run,personas,tiles,asks-at,spent-page}.ts', ring: 1 },
  { files: 'src/qa/demo-chat.ts', ring: 2, driver: 'ws' },
  { files: 'src/qa/*.ts', ring: 3 },
]

/** What ring 3 may import of third parties: Fastify, its plug-ins, and what makes a function one. */
export function isFastify(packageName: string): boolean {
  return /^(fastify|fastify-plugin|@fastify\/.+)$/.test(packageName)
}

/** Modules of Node that work on what they are handed and reach for nothing; rings 0 and 1 import values of no others. */
export const quietBuiltins: readonly string[] = [
  'node:buffer',
  'node:crypto',
  'node:net', // isIP, BlockList
  'node:path',
  'node:stream',
  'node:url',
  'node:util',
  'node:vm', // a time limit
  'node:zlib',
]
