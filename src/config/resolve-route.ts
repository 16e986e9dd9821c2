// One route of the file → what the proxy is built from.
import { authority } from './certificate.ts'
import type { Config, RouteConfig } from './config.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import { parseDuration, parseSize } from './durations.ts'
import { nearest } from './near.ts'
import { resolveOwner } from './resolve-owner.ts'
import type { RouteFile } from './schema.ts'

export interface RouteDefaults {
  readonly csrf: Config['csrf']
  readonly timeouts: RouteConfig['timeouts']
  /** Every provider that was written, faulty or not. */
  readonly providers: readonly string[]
  /** Those that a session keeps. */
  readonly claims: readonly string[]
}

/** `undefined` when the path it answers is itself at fault. */
export function resolveRoute(
  file: RouteFile,
  general: RouteDefaults,
  context: Context,
): RouteConfig | undefined {
  const path = context.pathOf(file)
  const at = file.path ?? file.prefix
  if (file.path !== undefined && file.prefix !== undefined) {
    context.problems.add(path, 'must have path or prefix, not both')
  }
  if (at === undefined) {
    if (!context.given([...path, 'path']) && !context.given([...path, 'prefix'])) {
      context.problems.add(path, 'must have path (exact) or prefix')
    }
    return undefined
  }
  const match = file.path === undefined ? 'prefix' : 'path'
  const upstream = new URL(file.upstream)
  // What follows a prefix begins with its own slash; an exact path ends as it is written.
  if (match === 'prefix') upstream.pathname = upstream.pathname.replace(/\/$/, '')
  const auth = file.auth ?? defaults.route.auth
  const ca = file.tls
    ? authority(file.tls.ca, [upstream], [...context.pathOf(file.tls), 'ca'], context)
    : undefined
  reservedCookies(file, context)
  return {
    match,
    at,
    upstream,
    auth,
    provider: providerOf(file, auth, general.providers, context),
    cache: file.cache ?? defaults.route.cache,
    cookies: [...(file.cookies ?? [])],
    bodyLimit: parseSize(file.bodyLimit ?? ''),
    csrf: file.csrf ?? general.csrf,
    passive: file.passive ?? defaults.route.passive,
    ...(file.live?.dropOnRefresh ? { dropOnRefresh: true } : {}),
    timeouts: {
      connectMs: parseDuration(file.timeouts?.connect ?? '') ?? general.timeouts.connectMs,
      responseMs: parseDuration(file.timeouts?.response ?? '') ?? general.timeouts.responseMs,
      idleMs: parseDuration(file.timeouts?.idle ?? '') ?? general.timeouts.idleMs,
    },
    ca,
    owner: file.owner && resolveOwner(file.owner, { auth, claims: general.claims }, context),
  }
}

function providerOf(
  file: RouteFile,
  auth: RouteConfig['auth'],
  names: readonly string[],
  { problems, pathOf, given }: Context,
): string | undefined {
  const path = [...pathOf(file), 'provider']
  const choose = `one of ${names.join(', ')}`
  if (auth === 'public') {
    if (file.provider !== undefined)
      problems.add(path, 'goes with no public route: no token is sent')
    return undefined
  }
  if (file.provider === undefined) {
    if (given(path)) return undefined
    if (names.length > 1) problems.add(path, `is missing: ${choose}`, { part: 'key' })
    if (names.length === 0) {
      problems.add(path, 'is missing: write providers or signIn, or auth: public', { part: 'key' })
    }
    return names[0]
  }
  if (names.includes(file.provider)) return file.provider
  const there = names.length === 0 ? 'there are none' : `there is ${choose}`
  const hint = nearest(file.provider, names)
  problems.add(
    path,
    `names no provider: ${there}`.replace('is one of', names.length > 1 ? 'are' : 'is'),
    { hint },
  )
  return undefined
}

function reservedCookies(file: RouteFile, { problems, pathOf }: Context): void {
  for (const [index, name] of (file.cookies ?? []).entries()) {
    if (/^(__host-coatcheck|coatcheck-)/i.test(name) || name.toLowerCase() === 'coatcheck') {
      problems.add([...pathOf(file), 'cookies', index], 'is a cookie of the gateway itself')
    }
  }
}
