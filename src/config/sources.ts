// Environment and flags are laid over the file; each value remembers where it came from.
import { fold, nearest } from './near.ts'
import type { Problems } from './problems.ts'
import { acceptsText, fromText, nodesAt, type SchemaNode } from './schema-node.ts'
import { formatPath, isMapping, type Mapping, type Path, setAt, valueAt } from './tree.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** What the command line says; later than everything else. */
export interface Overrides {
  readonly upstream?: string
  readonly signIn?: string
  readonly port?: string
}

/** `formatPath` of a value from outside the file → the variable or flag that set it. */
export type Origins = Map<string, string>

const PREFIX = /^coatcheck__/i

const shortNames: Readonly<Record<string, Path>> = {
  COATCHECK_UPSTREAM: ['upstream'],
  COATCHECK_PUBLIC_ORIGIN: ['publicOrigin'],
  COATCHECK_KEYS: ['cookie', 'keys'],
  COATCHECK_SECRET: ['cookie', 'secret'],
}

const flags = { upstream: ['upstream'], signIn: ['signIn'], port: ['listen', 'port'] } as const
const flagNames = { upstream: '--upstream', signIn: '--sign-in', port: '--port' } as const

/** An unset and an empty variable are the same thing everywhere. */
export function variable(env: Env, name: string): string | undefined {
  const value = env[name]
  return value === '' ? undefined : value
}

/** Names close to ours that nobody reads, with what was probably meant. */
export function misspelt(env: Env): { name: string; hint: string }[] {
  const ours = [...Object.keys(shortNames), 'COATCHECK_CONFIG', 'COATCHECK_REDIS_TLS']
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith('COATCHECK_') || PREFIX.test(name) || ours.includes(name)) return []
    const hint = nearest(name, ours)
    return hint === undefined ? [] : [{ name, hint }]
  })
}

/** Changes `tree` and `origins`; what fits nowhere is a problem at its variable. */
export function overlay(
  tree: Mapping,
  origins: Origins,
  from: { env: Env; overrides: Overrides },
  problems: Problems,
): void {
  const put = (path: Path, text: string, source: string) => {
    setAt(tree, path, fromText(text, nodesAt(path)))
    origins.set(formatPath(path), source)
  }
  for (const [name, path] of Object.entries(shortNames)) {
    const value = variable(from.env, name)
    if (value !== undefined) put(path, value, name)
  }
  const port = variable(from.env, 'PORT')
  const dyno = variable(from.env, 'DYNO')
  if (port !== undefined) put(['listen', 'port'], port, 'PORT')
  if (port !== undefined || dyno !== undefined) {
    put(['listen', 'host'], '0.0.0.0', port === undefined ? 'DYNO' : 'PORT')
  }
  if (dyno !== undefined && valueAt(tree, ['trustProxy']) === undefined) {
    put(['trustProxy'], '1', 'DYNO')
  }
  const workers = variable(from.env, 'WEB_CONCURRENCY')
  if (workers !== undefined && valueAt(tree, ['workers']) === undefined) {
    put(['workers'], workers, 'WEB_CONCURRENCY')
  }
  const seen = new Map<string, string>()
  for (const name of Object.keys(from.env)
    .filter((key) => PREFIX.test(key))
    .toSorted()) {
    const value = variable(from.env, name)
    if (value === undefined) continue
    const found = pathOf(name, tree)
    if ('complaint' in found) {
      problems.addAt({ name }, found.complaint)
      continue
    }
    const twin = seen.get(formatPath(found.path))
    if (twin !== undefined) {
      problems.addAt({ name }, `sets the same as ${twin}: keep one of the two`)
      continue
    }
    seen.set(formatPath(found.path), name)
    put(found.path, value, name)
  }
  overlayRedis(tree, from.env, put)
  for (const flag of ['upstream', 'signIn', 'port'] as const) {
    const value = from.overrides[flag]
    if (value !== undefined) put(flags[flag], value, flagNames[flag])
  }
}

/** `REDIS_URL` where no store is written; `COATCHECK_REDIS_TLS` for whichever Redis it is. */
function overlayRedis(
  tree: Mapping,
  env: Env,
  put: (path: Path, text: string, source: string) => void,
): void {
  const url = variable(env, 'REDIS_URL')
  if (url !== undefined && valueAt(tree, ['store']) === undefined) {
    put(['store', 'kind'], 'redis', 'REDIS_URL')
    put(['store', 'url'], url, 'REDIS_URL')
  }
  const tls = variable(env, 'COATCHECK_REDIS_TLS')
  if (tls === undefined || valueAt(tree, ['store', 'kind']) !== 'redis') return
  const isWord = tls === 'verified' || tls === 'unverified'
  put(isWord ? ['store', 'tls'] : ['store', 'tls', 'ca', 'file'], tls, 'COATCHECK_REDIS_TLS')
}

type Found = { readonly path: Path } | { readonly complaint: string }

function pathOf(name: string, tree: Mapping): Found {
  const path: (string | number)[] = []
  for (const word of name.replace(PREFIX, '').split('__')) {
    const nodes = nodesAt(path)
    const there = valueAt(tree, path)
    const known = isMapping(there) ? Object.keys(there) : []
    const named = [...known, ...nodes.flatMap((node) => Object.keys(node.properties ?? {}))]
    if (fold(word) === 'file' && acceptsText(nodes)) {
      path.push('file')
    } else if (/^\d{1,4}$/.test(word) && nodes.some((node) => node.items)) {
      const length = Array.isArray(there) ? there.length : 0
      if (Number(word) > length) {
        const where = formatPath(path)
        return { complaint: `${where} has ${length} entries, so the next one is number ${length}` }
      }
      path.push(Number(word))
    } else {
      const key = keyFor(word, named, nodes)
      if (typeof key !== 'string') return { complaint: unknownWord(path, named, word) }
      path.push(key)
    }
  }
  return { path }
}

function keyFor(word: string, named: readonly string[], nodes: readonly SchemaNode[]) {
  const meant = [...new Set(named.filter((candidate) => fold(candidate) === fold(word)))]
  if (meant.length > 0) return meant.length === 1 ? meant[0] : undefined
  const free = nodes.flatMap((node) => Object.keys(node.patternProperties ?? {}))
  return free.some((pattern) => new RegExp(pattern).test(word)) ? word.toLowerCase() : undefined
}

function unknownWord(path: Path, named: readonly string[], word: string): string {
  const twins = named.filter((candidate) => fold(candidate) === fold(word))
  if (twins.length > 1) return `could mean ${twins.join(' or ')} in ${formatPath(path)}`
  const hint = nearest(word, named)
  const meant = hint === undefined ? '' : ` (did you mean ${formatPath([...path, hint])})`
  const where = path.length === 0 ? 'at the top' : `in ${formatPath(path)}`
  return `names no setting ${where}${meant}`
}
