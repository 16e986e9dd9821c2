// What can be judged only when all routes, providers and directories are in view.
import type { PasswordProviderConfig, RouteConfig, StaticConfig } from './config.ts'
import type { Context } from './context.ts'
import type { Path } from './tree.ts'

export interface Placed<T> {
  readonly what: T
  readonly path: Path
}

export interface Everything {
  readonly providers: readonly Placed<PasswordProviderConfig>[]
  readonly routes: readonly Placed<RouteConfig>[]
  readonly statics: readonly Placed<StaticConfig>[]
}

export function checkAcross({ providers, routes, statics }: Everything, context: Context): void {
  const { problems, warn } = context
  const taken = new Map<string, string>()
  const claim = (key: string, by: string, path: Path) => {
    const first = taken.get(key)
    if (first === undefined) taken.set(key, by)
    else problems.add(path, `answers the same as ${first}: keep one of the two`)
  }
  for (const { what, path } of routes)
    claim(`${what.match} ${what.at}`, `the ${what.match} ${what.at}`, path)
  for (const { what, path } of providers) {
    const { also } = what.signIn
    const written = [...path, 'signIn', 'also']
    // Of the shorthand there is only the setting that it is short for.
    const where = context.given(written) ? written : path
    if (also !== undefined) claim(`path ${also}`, `the path ${also}`, where)
  }
  for (const { what, path } of statics)
    claim(`prefix ${what.prefix}`, `the prefix ${what.prefix}`, path)

  for (const { what: route, path } of routes) {
    const sent = providers.find(({ what }) => what.name === route.provider)?.what.send
    const jar = sent !== undefined && 'cookie' in sent ? route.cookies.indexOf(sent.cookie) : -1
    if (jar >= 0) {
      problems.add(
        [...path, 'cookies', jar],
        'is the cookie that stands for the session upstream: it stays here',
      )
    }
  }
  for (const { what: provider } of providers) {
    for (const { what: route } of routes) {
      const at = pathBehind(route, provider.signIn.url)
      if (at === undefined || at === provider.signIn.also || answering(routes, at) !== route)
        continue
      const mend = provider.signIn.also === undefined ? `write also: ${at}` : 'narrow its upstream'
      warn(
        `POST ${at} reaches ${provider.name}'s own sign-in, which hands its tokens to the browser: ${mend}`,
      )
    }
  }
}

/** The path on our origin that `route` maps to `url`; `undefined` when none. */
function pathBehind(route: RouteConfig, url: URL): string | undefined {
  if (route.upstream.origin !== url.origin) return undefined
  const base = route.upstream.pathname
  if (route.match === 'path') return base === url.pathname ? route.at : undefined
  const root = base === '/' ? '' : base
  if (!url.pathname.startsWith(`${root}/`)) return undefined
  return (route.at === '/' ? '' : route.at) + url.pathname.slice(root.length)
}

/** Exact before prefix, the longest prefix first. */
function answering(routes: readonly Placed<RouteConfig>[], path: string): RouteConfig | undefined {
  const all = routes.map(({ what }) => what)
  const exact = all.find((route) => route.match === 'path' && route.at === path)
  if (exact !== undefined) return exact
  return all
    .filter(
      ({ match, at }) => match === 'prefix' && (at === '/' || `${path}/`.startsWith(`${at}/`)),
    )
    .toSorted((a, b) => b.at.length - a.at.length)[0]
}
