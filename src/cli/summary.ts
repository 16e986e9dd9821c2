// What `serve` says once it is ready: at most 15 lines, each about one thing, every warning with its mend.
import { relative } from 'node:path'
import { styleText } from 'node:util'
import type { Config, PasswordProviderConfig, RouteConfig, StaticConfig } from '../config/config.ts'
import type { StoreAbout } from '../session/store.ts'

export interface SummaryFacts {
  readonly version: string
  /** From the start of the process. */
  readonly readyMs: number
  readonly config: Config
  /** Where the public listener answers. */
  readonly url: string
  readonly operatorsUrl: string | undefined
  /** Sessions that are alive. */
  readonly live: number
  /** What the store says of itself. */
  readonly about?: StoreAbout | undefined
  readonly cwd: string
  readonly colour: boolean
}

type Row = readonly [label: string, what: string, more?: string]

const LINES = 15
const MOST_SIGN_INS = 3
/** Warnings get these lines however many routes there are, and more where there is room. */
const WARNINGS = 4

/** Ends with a line break. */
export function summaryText(facts: SummaryFacts): string {
  const { version, readyMs, config, colour, about } = facts
  const title = `Coatcheck ${version}`
  const workers = config.workers === 1 ? '' : ` with ${config.workers} workers`
  const bold = (text: string) => (colour ? styleText('bold', text, PLAIN) : text)
  const yellow = (text: string) => (colour ? styleText('yellow', text, PLAIN) : text)

  const around: Row[] = [openRow(facts), sessionsRow(facts), healthRow(facts)]
  let room = LINES - 1 - around.length
  const signIns = fold(config.providers.map(signInRow), MOST_SIGN_INS, moreRows)
  room -= signIns.length
  const places = [
    ...config.routes.map(routeRow),
    ...config.static.map((one) => filesRow(one, facts)),
  ]
  const warnings = fold(
    [...config.warnings, ...(about?.warnings ?? [])],
    Math.max(WARNINGS, room - places.length),
    moreWarnings,
  )
  room -= warnings.length
  const [open, ...rest] = around
  const rows = [...(open ? [open] : []), ...signIns, ...fold(places, room, moreRows), ...rest]

  return [
    `${bold(title)}   ready in ${(readyMs / 1000).toFixed(1)} s${workers}`,
    ...align(rows),
    ...warnings.map((warning) => yellow(`  ! ${warning}`)),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

const PLAIN = { validateStream: false } as const

function openRow({ config, url }: SummaryFacts): Row {
  const { hostname, port } = new URL(url)
  const { host } = config.listen
  const shown = ['127.0.0.1', '::1', 'localhost'].includes(host) ? 'localhost' : host
  const bracketed = shown.includes(':') ? `[${shown}]` : shown
  const here = `http://${bracketed || hostname}:${port || '80'}`
  return ['open', here, here === config.publicOrigin ? '' : `as ${config.publicOrigin}`]
}

function signInRow({ name, signIn }: PasswordProviderConfig, index: number): Row {
  const own = index === 0 ? '/auth/login' : `/auth/login (provider ${name})`
  const paths = signIn.also === undefined ? own : `${own}, ${signIn.also}`
  return [index === 0 ? 'sign in' : '', `POST ${paths} → ${name} (${addressOf(signIn.url)})`]
}

function routeRow({ at, upstream, auth }: RouteConfig): Row {
  return [at, `→ ${addressOf(upstream)}`, auth === 'public' ? 'public' : `session ${auth}`]
}

function filesRow({ prefix, dir, fallback }: StaticConfig, { cwd }: SummaryFacts): Row {
  const other = fallback === undefined ? '' : `, ${fallback} for other pages`
  return [prefix, shortPath(dir, cwd), `files${other}`]
}

function sessionsRow({ config: { store }, live, cwd, about }: SummaryFacts): Row {
  if (store.kind === 'memory') return ['sessions', 'memory', `${live} live, gone at a restart`]
  if (store.kind === 'redis') {
    const place = about?.place ?? 'redis'
    return [
      'sessions',
      place,
      about === undefined ? `${live} live` : `${live} live, ${about.detail}`,
    ]
  }
  return ['sessions', `sqlite ${shortPath(store.path, cwd)}`, `${live} live, kept across restarts`]
}

function healthRow({ operatorsUrl }: SummaryFacts): Row {
  return ['health', '/auth/health', operatorsUrl === undefined ? '' : `operators ${operatorsUrl}`]
}

/** In columns that a long line does not push apart. */
function align(rows: readonly Row[]): string[] {
  const labels = width(
    rows.map(([label]) => label),
    10,
    28,
  )
  const whats = width(
    rows.filter(([, , more]) => more).map(([, what]) => what),
    29,
    56,
  )
  return rows.map(([label, what, more = '']) => {
    const begin = `  ${fill(label, labels)}`
    return (more === '' ? begin + what : begin + fill(what, whats) + more).trimEnd()
  })
}

function width(texts: readonly string[], least: number, most: number): number {
  return Math.min(most, Math.max(least, ...texts.map(({ length }) => length + 2)))
}

function fill(text: string, columns: number): string {
  return text.length + 2 > columns ? `${text}  ` : text.padEnd(columns)
}

/** At most `most` of `all`: the last of them stands for what does not fit. */
function fold<T>(all: readonly T[], most: number, more: (left: number) => T): T[] {
  if (all.length <= most) return [...all]
  return [...all.slice(0, most - 1), more(all.length - most + 1)]
}

function moreRows(left: number): Row {
  return ['…', `and ${left} more: coatcheck routes shows them all`]
}

function moreWarnings(left: number): string {
  return `and ${left} more: coatcheck validate shows them all`
}

/** Without a query, which may hold a key. */
function addressOf(url: URL): string {
  return `${url.origin}${url.pathname}`.replace(/\/$/, '')
}

function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path)
  return short === '' || short.startsWith('..') ? path : short
}
