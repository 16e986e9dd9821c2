// Puts together what the /auth endpoints are handed.
import type { Config } from '../config/config.ts'
import type { MountedPending } from '../pending/mount.ts'
import { deviceOf } from '../session/device.ts'
import type { GuardedStore } from '../session/stores/guarded.ts'
import type { Provider } from '../tokens/provider.ts'
import type { Refresher } from '../tokens/refresh-contract.ts'
import { addressKey } from './address-key.ts'
import type { SignInContext, SignInEvents, SignInProvider } from './context.ts'
import { createAttemptLimiter } from './limiter.ts'

type Handed = 'clientIp' | 'clock' | 'codec' | 'cookie' | 'hosts' | 'live' | 'reader' | 'sessions'

export interface SignInParts extends Pick<SignInContext, Handed> {
  readonly config: Config
  readonly store: Pick<GuardedStore, 'assertTakesMore' | 'ping'>
  readonly refresher: Refresher
  /** By name. */
  readonly providers: ReadonlyMap<string, Provider>
  readonly pending: MountedPending | undefined
  readonly events: { readonly signIn: SignInEvents }
}

export function createSignInContext(parts: SignInParts): SignInContext {
  const { config, clock, store, sessions, refresher, pending } = parts
  const { signInPerAddress: perAddress, signInPerAccount: perAccount, windowMs } = config.limits
  return {
    clock,
    hosts: parts.hosts,
    cookie: parts.cookie,
    codec: parts.codec,
    reader: parts.reader,
    sessions,
    providers: waysIn(parts),
    live: parts.live,
    pending: pending?.context,
    limiter: createAttemptLimiter({ perAddress, perAccount, windowMs, clock, addressKey }),
    async assertStoreTakesMore() {
      store.assertTakesMore()
      await store.ping()
    },
    extend: (held, provider, tokens) =>
      refresher.undisturbed(held, (current) => sessions.extend(current, provider, tokens)),
    csrf: config.csrf,
    lifetimeMs: config.session.lifetimeMs,
    pages: config.pages,
    claims: config.claims,
    clientIp: parts.clientIp,
    deviceOf,
    events: parts.events.signIn,
  }
}

/** By a password, in the order of the configuration; by a link after them. */
function waysIn({ config, providers, pending }: SignInParts): Map<string, SignInProvider> {
  const ways = new Map<string, SignInProvider>()
  for (const { name, signIn } of config.providers) {
    const provider = providers.get(name)
    if (provider) ways.set(name, { provider, also: signIn.also, accountFields: signIn.account })
  }
  for (const [name, provider] of pending?.providers ?? []) {
    ways.set(name, { provider, also: undefined, accountFields: [] })
  }
  return ways
}
