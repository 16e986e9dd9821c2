// `upstream` and `signIn` become the one route and the one provider that they are short for; what is written about that
// provider besides goes with it.
import { joinAddress } from './addresses.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import type { ConfigFile, ProviderFile, RouteFile } from './schema.ts'
import type { Path } from './tree.ts'

/** A provider that says how users sign in. */
export type WholeProvider = ProviderFile & {
  readonly signIn: NonNullable<ProviderFile['signIn']> & { readonly url: string }
}

/** A provider that says who checks its links. */
export type WholeConfirm = ProviderFile & {
  readonly validate: NonNullable<ProviderFile['validate']>
}

export interface Expanded {
  readonly providers: ReadonlyMap<string, WholeProvider>
  readonly confirm: ReadonlyMap<string, WholeConfirm>
  readonly routes: readonly RouteFile[]
  /** Where what was not written in full comes from. */
  readonly shorthand: ReadonlyMap<object, Path>
}

/** The provider that the short form stands for. */
const MAIN = 'main'

export function expandShorthand(file: ConfigFile, context: Context): Expanded {
  const { problems, given } = context
  const shorthand = new Map<object, Path>()
  const routes = [...(file.routes ?? [])]
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

  const providers = new Map<string, WholeProvider>()
  const confirm = new Map<string, WholeConfirm>()
  const links: string[] = []
  for (const [name, written] of Object.entries(file.providers ?? {})) {
    strangers(name, written, context)
    if (written.kind === 'confirm') {
      links.push(name)
      const { validate } = written
      if (validate !== undefined) confirm.set(name, { ...written, validate })
      else if (!given(['providers', name, 'validate'])) {
        problems.add(['providers', name, 'validate'], 'is missing', { part: 'key' })
      }
      continue
    }
    const short = isShort(name, context)
    const whole = short ? joined(written, file, context) : checked(name, written, context)
    if (whole === undefined) continue
    providers.set(name, whole)
    const own = short && written.signIn?.also === undefined
    shorthand.set(whole, own ? shortPath(file) : ['providers', name])
  }
  const others = context.keysOf(['providers']).filter((name) => !links.includes(name))
  if (!given(['providers']) || (links.length > 0 && others.length === 0)) {
    const short = given(['signIn']) || given(['upstream']) ? joined({}, file, context) : undefined
    if (short !== undefined) {
      providers.set(MAIN, short)
      shorthand.set(short, shortPath(file))
    }
  } else if (given(['signIn']) && !given(['providers', MAIN])) {
    problems.add(
      ['signIn'],
      `is short for the provider ${MAIN}, and providers has others: keep one of the two`,
    )
  } else if (given(['signIn']) && given(['providers', MAIN, 'signIn', 'url'])) {
    problems.add(
      ['signIn'],
      `is short for providers.${MAIN}.signIn.url, which is written: keep one of the two`,
    )
  }
  return { providers, confirm, routes, shorthand }
}

const FOR_LINKS = [
  'validate',
  'valid',
  'within',
  'secret',
  'confirm',
  'account',
  'for',
  'push',
] as const satisfies readonly (keyof ProviderFile)[]

/** What goes with another kind of provider. */
function strangers(name: string, written: ProviderFile, { problems }: Context): void {
  const link = written.kind === 'confirm'
  const keys = link ? (['signIn'] as const) : FOR_LINKS
  for (const key of keys) {
    if (written[key] === undefined) continue
    problems.add(['providers', name, key], `goes with kind: ${link ? 'password' : 'confirm'}`)
  }
}

/** True where the short form says how users sign in at the provider of this name. */
function isShort(name: string, { given }: Context): boolean {
  if (name !== MAIN || given(['providers', MAIN, 'signIn', 'url'])) return false
  return given(['signIn']) || given(['upstream'])
}

function shortPath({ signIn }: ConfigFile): Path {
  return [signIn === undefined ? 'upstream' : 'signIn']
}

/** What is written about the provider, over what the short form says. */
function joined(
  written: ProviderFile,
  file: ConfigFile,
  context: Context,
): WholeProvider | undefined {
  const short = shortSignIn(file, context)
  if (short === undefined || isFaultyKind(MAIN, written, context)) return undefined
  return { ...written, kind: 'password', signIn: { ...short, ...written.signIn, url: short.url } }
}

/** What a provider in full must say. */
function checked(name: string, written: ProviderFile, context: Context): WholeProvider | undefined {
  const { problems, given } = context
  const missing = (path: Path) => {
    if (!given(path)) problems.add(path, 'is missing', { part: 'key' })
  }
  if (isFaultyKind(name, written, context)) return undefined
  const path = ['providers', name]
  if (written.kind === undefined) missing([...path, 'kind'])
  if (written.signIn?.url !== undefined) {
    return { ...written, signIn: { ...written.signIn, url: written.signIn.url } }
  }
  missing(given([...path, 'signIn']) ? [...path, 'signIn', 'url'] : [...path, 'signIn'])
  return undefined
}

/** Nothing that stands beside a kind of another make can be judged. */
function isFaultyKind(name: string, { kind }: ProviderFile, { given }: Context): boolean {
  return kind === undefined && given(['providers', name, 'kind'])
}

function shortSignIn(
  file: ConfigFile,
  { problems, given }: Context,
): { url: string; also: string } | undefined {
  const signIn = file.signIn ?? defaults.signIn.path
  const { prefix } = defaults.route
  if (!signIn.startsWith('/')) return { url: signIn, also: prefix + defaults.signIn.path }
  if (file.upstream !== undefined) {
    return { url: joinAddress(file.upstream, signIn), also: prefix + signIn }
  }
  if (file.signIn !== undefined && !given(['upstream'])) {
    problems.add(
      ['signIn'],
      'is a path at upstream, which is missing: write upstream or a whole address',
    )
  }
  return undefined
}
