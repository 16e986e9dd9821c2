// `coatcheck routes`: which path goes where, in the order in which they are matched.
import { styleText } from 'node:util'
import type { Command } from 'commander'
import type { Config, RouteConfig } from '../config/config.ts'
import type { CommandIo } from './io.ts'
import { type ConfigFlags, configFlags, configFrom } from './options.ts'

export function register(program: Command, io: CommandIo): void {
  const command = program.command('routes').description('show which path goes where')
  configFlags(command).action((flags: ConfigFlags) => routes(flags, io))
}

export async function routes(flags: ConfigFlags, io: CommandIo): Promise<void> {
  const config = await configFrom(flags, io, { createKeys: false })
  if (config !== undefined) io.stdout(routeTable(config, io.isTty))
}

/** One line per route, sign-in path and directory; aligned, coloured only for a person. */
function routeTable(config: Config, colour: boolean): string {
  const signIns = config.providers.flatMap(({ name, signIn }) =>
    ['/auth/login', signIn.also]
      .filter((path) => path !== undefined)
      .map((path): Row => [`POST ${path}`, addressOf(signIn.url), 'sign in', name]),
  )
  const forwarded = config.routes.toSorted(byMatch).map((route): Row => {
    const at = route.match === 'prefix' ? `${route.at.replace(/\/$/, '')}/*` : route.at
    return [at, addressOf(route.upstream), route.auth, route.provider ?? '-']
  })
  const files = config.static.map(
    (one): Row => [`${one.prefix.replace(/\/$/, '')}/*`, one.dir, 'files', '-'],
  )
  const rows = [...signIns, ...forwarded, ...files]
  const widths = HEAD.map((head, column) =>
    Math.max(...[head, ...rows.map((row) => row[column] ?? '')].map((text) => text.length)),
  )
  const line = (row: Row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  const head = line(HEAD)
  const shown = colour ? styleText('bold', head, { validateStream: false }) : head
  return `${[shown, ...rows.map(line)].join('\n')}\n`
}

type Row = readonly [match: string, upstream: string, auth: string, provider: string]
const HEAD = ['match', 'upstream', 'auth', 'provider'] as const satisfies Row

/** Exact paths first, then the longest prefix: as requests are matched. */
function byMatch(a: RouteConfig, b: RouteConfig): number {
  if (a.match !== b.match) return a.match === 'path' ? -1 : 1
  return b.at.length - a.at.length || (a.at < b.at ? -1 : 1)
}

/** Without a query, which may hold a key. */
function addressOf(url: URL): string {
  return url.pathname === '/' ? url.origin : `${url.origin}${url.pathname}`
}
