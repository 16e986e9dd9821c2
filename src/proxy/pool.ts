// Connections to upstreams: one pool per origin and certificate authority, TLS verified, one request per connection at a time.
import { Agent, type Dispatcher, Pool } from 'undici'
import { cacheKey } from '../lib/cache-key.ts'

export interface Upstream {
  readonly origin: string
  readonly ca: string | undefined
  readonly connectMs: number
}

export interface Pools {
  /** The pool for an upstream; the same one for the same origin, authority and time limit. */
  open(upstream: Upstream): Dispatcher
  /** A dispatcher for calls to several origins: sign-ins, renewals. */
  openAgent(options: Omit<Upstream, 'origin'>): Dispatcher
  /** Lets what is under way finish, then closes every connection. */
  close(): Promise<void>
}

export function openPools(): Pools {
  const pools = new Map<string, Pool>()
  const agents: Agent[] = []
  return {
    openAgent({ ca, connectMs }) {
      const agent = new Agent(connectionOptions(ca, connectMs))
      agents.push(agent)
      return agent
    },
    open({ origin, ca, connectMs }) {
      const key = cacheKey(origin, ca ?? '', String(connectMs))
      const known = pools.get(key)
      if (known) return known
      const pool = new Pool(origin, connectionOptions(ca, connectMs))
      pools.set(key, pool)
      return pool
    },
    async close() {
      await Promise.all([...pools.values(), ...agents].map((dispatcher) => dispatcher.close()))
    },
  }
}

function connectionOptions(ca: string | undefined, connectMs: number) {
  return {
    // More than one would let a late answer be taken for the next request's (RFC 9112, 9.3.2).
    pipelining: 1,
    connect: {
      timeout: connectMs,
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
    },
    maxHeaderSize: 64 * 1024,
    allowH2: false,
  }
}
