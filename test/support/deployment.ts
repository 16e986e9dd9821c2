// One deployment for tests of sessions: an upstream, a store, a gateway, other processes beside it, one clock for all.
import Fastify from 'fastify'
import { createCookieCodec } from '../../src/session/cookie.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { manualClock } from './clock.ts'
import { type GatewaySettings, startGateway, type TestGateway } from './gateway.ts'
import type { Answer } from './http.ts'
import { openTestStore, type StoreKind } from './stores.ts'
import { startUpstream, type TestUpstreamOptions } from './upstream.ts'

/** The cookie's name where the public origin is the usual one of tests. */
export const COOKIE = 'coatcheck-3000'

/** What a protected route answers to somebody who is nobody; see `refusal`. */
export const NOBODY: readonly [number, string] = [401, 'session_required']

export async function openDeployment(
  kind: StoreKind = 'memory',
  settings: Partial<GatewaySettings> = {},
  upstreamOptions: TestUpstreamOptions = {},
  /** What stands between gateways and the store. */
  wrap: (store: SessionStore) => SessionStore = (store) => store,
) {
  const clock = manualClock()
  const upstream = await startUpstream({ clock, keep: 50_000, ...upstreamOptions })
  const opened = await openTestStore(kind, clock)
  const nodes: TestGateway[] = []
  const node = async (store = opened.store, more: Partial<GatewaySettings> = {}) => {
    const gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
      ...settings,
      ...more,
      options: { clock, store: wrap(store), ...settings.options, ...more.options },
    })
    nodes.push(gateway)
    return gateway
  }
  const gateway = await node()
  return {
    clock,
    upstream,
    gateway,
    /** Another process of the same deployment. */
    anotherNode: async (more?: Partial<GatewaySettings>) => node(await opened.peer(), more),
    /** How many requests of this path have reached the upstream. */
    calls: (path: string) => upstream.requests.filter((request) => request.path === path).length,
    async metric(name: string): Promise<number> {
      const { text } = await gateway.app.coatcheck.metrics.render()
      return Number(new RegExp(`^coatcheck_${name} (\\d+)$`, 'm').exec(text)?.[1])
    },
    async [Symbol.asyncDispose]() {
      for (const one of nodes) await one.close()
      await opened[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

/** A sign-in as `ada`, unless `fields` say otherwise. */
export function login(fields: object = {}) {
  return { method: 'POST', json: { username: 'ada', password: 'any', ...fields } }
}

export function refusal(answer: Answer): [number, string | string[] | undefined] {
  return [answer.status, answer.headers['coatcheck-problem']]
}

/** Seals and opens cookies as a gateway with this key does. */
export function codecOf(key: Buffer) {
  return createCookieCodec(Fastify({ logger: false }), [key])
}
