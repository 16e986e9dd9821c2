// Ways for a store to go away and come back.
import { systemClock } from '../../src/lib/clock.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { startRedis } from './redis.ts'
import { redisStores } from './redis-stores.ts'
import { faultyStore } from './store-fault.ts'
import { openTestStore } from './stores.ts'

export interface House {
  readonly name: string
  /** It can be full while it can be read: what becomes of a sign-out then. */
  readonly full?: 'ends' | 'refuses'
  open(): Promise<OpenHouse>
}

export interface OpenHouse extends AsyncDisposable {
  readonly store: SessionStore
  away(): Promise<void>
  fill(): Promise<void>
  /** Resolves when it answers and takes writes; may be called at any time. */
  back(): Promise<void>
}

function faulty(fault: 'refuse' | 'hang'): House {
  return {
    name: `sqlite that ${fault}s`,
    ...(fault === 'refuse' ? { full: 'refuses' as const } : {}),
    async open() {
      const opened = await openTestStore('sqlite', systemClock)
      const it = faultyStore(opened.store)
      return {
        store: it.store,
        async away() {
          it.fault = fault
        },
        async fill() {
          it.fault = 'full'
        },
        async back() {
          it.fault = 'none'
        },
        [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
      }
    },
  }
}

function redis(how: 'killed' | 'frozen'): House {
  return {
    name: `redis that is ${how}`,
    ...(how === 'frozen' ? { full: 'ends' as const } : {}),
    async open() {
      // With anything less a reply may be ahead of the file, and what was acknowledged lost with the process.
      const server = await startRedis({ config: [['appendfsync', 'always']] })
      const stores = redisStores(server.url, { timeoutMs: 800 })
      const store = await stores.open(systemClock)
      let state: 'well' | 'full' | 'away' = 'well'
      return {
        store,
        async away() {
          state = 'away'
          if (how === 'killed') await server.kill9()
          else server.freeze()
        },
        async fill() {
          state = 'full'
          await server.command('CONFIG', 'SET', 'maxmemory', '1')
        },
        async back() {
          if (state === 'full') await server.command('CONFIG', 'SET', 'maxmemory', '0')
          else if (state === 'away' && how === 'killed') await server.restart()
          else server.thaw()
          state = 'well'
        },
        async [Symbol.asyncDispose]() {
          await stores[Symbol.asyncDispose]()
          await server[Symbol.asyncDispose]()
        },
      }
    },
  }
}

export const houses = {
  gone: [faulty('hang'), redis('killed'), redis('frozen')],
  bridged: [faulty('refuse'), redis('killed'), redis('frozen')],
  full: [faulty('refuse'), redis('frozen')],
}
