// Knows a Coatcheck gateway by what `GET /auth/session` answers to whoever is not signed in. Pure.
import { isJsonObject } from '../../tokens/json.ts'
import { valueAt } from '../../tokens/pointer.ts'
import type { Found } from './found.ts'

/** The provider of `coatcheck demo`. */
const DEMO = 'demo'

/** `undefined` where this is no answer of ours. */
export function gatewaySeen(session: unknown): Found | undefined {
  if (!isJsonObject(session)) return undefined
  const { authenticated, state, now, signIn } = session
  if (authenticated !== false || typeof state !== 'string' || typeof now !== 'number') return
  if (!Array.isArray(signIn)) return undefined
  const ways = signIn.filter((way) => valueAt(way, '/kind') === 'password')
  const [url, provider] = [valueAt(ways[0], '/url'), valueAt(ways[0], '/provider')]
  const how = 'seen: a Coatcheck gateway answers GET /auth/session here'
  // A frontend of its own may ask for it with every call; it harms nowhere.
  const headers = { 'X-CSRF': '1' }
  const credentials = [
    { name: 'username', required: true },
    { name: 'password', required: true },
  ]
  const chosen =
    ways.length > 1 && typeof provider === 'string'
      ? [{ name: 'provider', required: true, constant: provider }]
      : []
  const path = typeof url === 'string' && /^\/[\w/.-]+$/.test(url) ? url : undefined
  return {
    gateway: provider === DEMO ? 'demo' : 'any',
    ...(path === undefined
      ? {}
      : {
          signIn: { path, format: 'json', fields: [...chosen, ...credentials], headers, how },
        }),
    signOut: { method: 'post', path: '/auth/logout', headers, how },
    whoami: { path: '/auth/session', owner: '/name', how },
    carry: { kind: 'cookies', how },
  }
}
