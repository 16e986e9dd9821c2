// Where a session can be tried: at a path that goes to an upstream with its token. Pure.
import type { Config, RouteConfig } from '../config/config.ts'

/** The path that answers wherever the gateway runs, and tells nothing of a token. */
const OWN = '/auth/session'

/** Where the provider asks who somebody is, by the route that leads there; else a route's own path; else our own. */
export function asksAt(
  provider: string,
  { providers, routes }: Pick<Config, 'providers' | 'routes'>,
): string {
  const asking = routes.filter((route) => route.auth !== 'public' && route.provider === provider)
  const found = providers.find(({ name }) => name === provider)
  const identity = found && 'identity' in found ? found.identity : undefined
  if (identity && 'url' in identity) {
    for (const route of asking) {
      const path = pathTo(identity.url, route)
      if (path !== undefined) return path
    }
  }
  const [first] = [...asking].sort((a, b) => a.match.localeCompare(b.match))
  return first?.at ?? OWN
}

function pathTo(url: URL, { upstream, match, at }: RouteConfig): string | undefined {
  if (url.origin !== upstream.origin) return undefined
  if (match === 'path') return url.pathname === upstream.pathname ? at : undefined
  const base = upstream.pathname.replace(/\/$/, '')
  if (!url.pathname.startsWith(`${base}/`)) return undefined
  return `${at === '/' ? '' : at}${url.pathname.slice(base.length)}${url.search}`
}
