// A configured route, made ready: where it leads, under which pool, with whose tokens.
import type { Dispatcher } from 'undici'
import type { RouteConfig } from '../config/config.ts'
import type { Provider } from '../tokens/provider.ts'
import type { DownwardRules } from './answer-headers.ts'

export interface ProxyRoute {
  readonly config: RouteConfig
  /** For logs and metrics: the route, never the path that was asked for. */
  readonly pattern: string
  /** The upstream's own path in front of what follows `config.at`; without a trailing slash. */
  readonly basePath: string
  readonly origin: string
  readonly pool: Dispatcher
  readonly provider: Provider | undefined
  readonly mapLocation: (location: string) => string | undefined
}

export function createRoute(
  config: RouteConfig,
  pool: Dispatcher,
  provider: Provider | undefined,
): ProxyRoute {
  const basePath = config.upstream.pathname.replace(/\/$/, '')
  const { origin } = config.upstream
  const at = config.at === '/' ? '' : config.at
  return {
    config,
    pattern: config.match === 'path' ? config.at : `${at}/*`,
    basePath,
    origin,
    pool,
    provider,
    mapLocation(location) {
      const rest = after(location, origin + basePath)
      if (rest === undefined || (config.match === 'path' && /^[^?#]/.test(rest))) return undefined
      const path = at + rest || '/'
      // A second slash would make the browser take what follows for a host.
      return /^\/\t*[/\\]/.test(path) ? `/.${path}` : path
    },
  }
}

/** `forSession`: somebody's session was used. */
export function downwardRules(
  { config, mapLocation }: ProxyRoute,
  forSession: boolean,
): DownwardRules {
  return { cache: forSession ? config.cache : 'keep', cookies: config.cookies, mapLocation }
}

/** What follows `base` in `location`, when a whole segment ends there. */
function after(location: string, base: string): string | undefined {
  if (!location.startsWith(base)) return undefined
  const rest = location.slice(base.length)
  return rest === '' || /^[/?#]/.test(rest) ? rest : undefined
}

/**
 * Where a plain path leads: only `[A-Za-z0-9._~/-]`, no `//`, no dot segment, so that nobody on the way can read it
 * differently. `undefined` for every other path: that one takes the long way.
 */
export function plainTarget(route: ProxyRoute, url: string): string | undefined {
  const query = url.indexOf('?')
  const end = query === -1 ? url.length : query
  let slash = -2
  for (let i = 0; i <= end; i++) {
    const code = i === end ? SLASH : url.charCodeAt(i)
    if (code === SLASH) {
      // Between two slashes: nothing, `.` or `..` is not plain. The end of the path closes its last segment.
      const length = i - slash - 1
      if (i < end && length === 0) return undefined
      if (length === 1 && url.charCodeAt(i - 1) === DOT) return undefined
      if (length === 2 && url.charCodeAt(i - 1) === DOT && url.charCodeAt(i - 2) === DOT) {
        return undefined
      }
      slash = i
    } else if (!isPlain(code)) return undefined
  }
  for (let i = end; i < url.length; i++) {
    const code = url.charCodeAt(i)
    if (code === HASH || code <= 32 || code === 127) return undefined
  }
  return targetOf(route, url.slice(route.config.at === '/' ? 0 : route.config.at.length))
}

/**
 * Whether some servers would see a dot segment where others see a name: `..;` with parameters, or cut short by a NUL.
 * `path` can be decoded.
 */
export function hidesDotSegment(path: string): boolean {
  const decoded = decodeURIComponent(path)
  return decoded.includes('\0') || /(^|[/\\])\.\.;/.test(decoded)
}

/** The upstream's path and query for what follows the route's own path. */
function targetOf(route: ProxyRoute, rest: string): string {
  const target = route.basePath + rest
  return target.startsWith('/') ? target : `/${target}`
}

const SLASH = 47
const DOT = 46
const HASH = 35

function isPlain(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    code === DOT ||
    code === 45 ||
    code === 95 ||
    code === 126
  )
}
