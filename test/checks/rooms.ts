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
  { files: 'src/{main,index,app,gateway,events}.ts', ring: 4 },
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
  { files: 'src/config/{positions,print}.ts', ring: 2, driver: 'yaml' },
  { files: 'src/config/near.ts', ring: 2, driver: 'leven' },
  { files: 'src/config/*.ts', ring: 2 },

  { files: 'src/session/stores/sqlite*.ts', ring: 2, driver: 'better-sqlite3' },
  { files: 'src/session/stores/*.ts', ring: 2 },
  {
    files: 'src/session/cookie.ts',
    ring: 2,
    driver: '@fastify/secure-session',
    types: ['fastify'],
  },
  { files: 'src/session/seal.ts', ring: 2, driver: 'sodium-native' },
  { files: 'src/session/{near,reader}.ts', ring: 2, driver: 'lru-cache' },
  { files: 'src/session/device.ts', ring: 2, driver: 'bowser' },
  { files: 'src/session/*.ts', ring: 1 },

  { files: 'src/tokens/providers/set-cookie.ts', ring: 2, driver: 'set-cookie-parser' },
  { files: 'src/tokens/providers/*.ts', ring: 2, driver: 'undici' },
  { files: 'src/tokens/*.ts', ring: 1 },

  { files: 'src/proxy/pool.ts', ring: 2, driver: 'undici' },
  // They work on the pool they are handed.
  { files: 'src/proxy/{forward,route}.ts', ring: 1, types: ['undici'] },
  { files: 'src/proxy/*.ts', ring: 1 },

  { files: 'src/http/metrics.ts', ring: 2, driver: '@prometheus-io/client' },
  { files: 'src/http/{boundary,health,static}.ts', ring: 3 },
  { files: 'src/http/*.ts', ring: 1 },

  { files: 'src/sign-in/address-key.ts', ring: 2, driver: 'ipaddr.js' },
  { files: 'src/sign-in/limiter.ts', ring: 2, driver: 'lru-cache' },
  { files: 'src/sign-in/*.ts', ring: 3 },

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
]
