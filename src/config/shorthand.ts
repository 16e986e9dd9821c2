// `upstream` and `signIn` become the one route and the one provider that they are short for.
import { joinAddress } from './addresses.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import type { ConfigFile, ProviderFile, RouteFile } from './schema.ts'
import type { Path } from './tree.ts'

export interface Expanded {
  readonly providers: ReadonlyMap<string, ProviderFile>
  readonly routes: readonly RouteFile[]
  /** Where what was not written in full comes from. */
  readonly shorthand: ReadonlyMap<object, Path>
}

export function expandShorthand(file: ConfigFile, context: Context): Expanded {
  const { problems, given } = context
  const shorthand = new Map<object, Path>()
  const routes = [...(file.routes ?? [])]
  const providers = new Map(Object.entries(file.providers ?? {}))
  const { prefix } = defaults.route

  if (file.upstream !== undefined) {
    if (routes.some((route) => route.prefix === prefix)) {
      const both = `is short for a route with prefix ${prefix}, and routes has one: keep one of the two`
      problems.add(['upstream'], both)
    } else {
      const route = { prefix, upstream: file.upstream }
      routes.push(route)
      shorthand.set(route, ['upstream'])
    }
  }
  if (given(['providers'])) {
    if (given(['signIn'])) {
      problems.add(
        ['signIn'],
        'is short for a provider, and providers is written: keep one of the two',
      )
    }
  } else if (file.signIn !== undefined || file.upstream !== undefined) {
    const provider = mainProvider(file, context)
    if (provider !== undefined) {
      providers.set('main', provider)
      shorthand.set(provider, [file.signIn === undefined ? 'upstream' : 'signIn'])
    }
  }
  return { providers, routes, shorthand }
}

function mainProvider(file: ConfigFile, { problems, given }: Context): ProviderFile | undefined {
  const signIn = file.signIn ?? defaults.signIn.path
  const { prefix } = defaults.route
  if (!signIn.startsWith('/')) {
    return { kind: 'password', signIn: { url: signIn, also: prefix + defaults.signIn.path } }
  }
  if (file.upstream !== undefined) {
    const url = joinAddress(file.upstream, signIn)
    return { kind: 'password', signIn: { url, also: prefix + signIn } }
  }
  if (!given(['upstream'])) {
    problems.add(
      ['signIn'],
      'is a path at upstream, which is missing: write upstream or a whole address',
    )
  }
  return undefined
}
