// `coatcheck sessions list|end`: who is signed in at the gateway that runs, and the way to end it.
import { type Command, InvalidArgumentError } from 'commander'
import type { Config } from '../config/config.ts'
import type { DeskAnswer, SessionFacts } from '../session/desk.ts'
import { type CommandIo, EXIT } from './io.ts'
import { type ConfigFlags, configFlags, configFrom } from './options.ts'
import { operatorsCaller } from './sessions-call.ts'
import { plain, sessionsTable } from './sessions-table.ts'

interface CommonFlags extends ConfigFlags {
  readonly sub?: string
  readonly provider?: string
  readonly url?: string
  readonly json?: boolean
}

export interface ListFlags extends CommonFlags {
  readonly limit: number
}

export interface EndFlags extends CommonFlags {
  readonly ref?: string
  readonly all?: boolean
  readonly yes?: boolean
}

export function register(program: Command, io: CommandIo): void {
  const sessions = program
    .command('sessions')
    .description('show who is signed in at the running gateway, or end it')
  common(sessions.command('list').description('who is signed in, oldest first'))
    .option('--limit <number>', 'show at most so many', wholeNumber, 100)
    .action((flags: ListFlags) => list(flags, io))
  common(sessions.command('end').description('end sessions; exit code 1 where there was none'))
    .option('--ref <ref>', 'the session of this name')
    .option('--all', 'every session of everybody')
    .option('--yes', 'with --all: yes, everybody')
    .action((flags: EndFlags) => end(flags, io))
}

function common(command: Command): Command {
  return configFlags(
    command
      .option('--sub <id>', 'of this user, as the provider names them')
      .option('--provider <name>', 'at this provider; needed where there are several')
      .option('--json', 'print what the gateway answers')
      .option('--url <url>', "the operators' listener, where the configuration does not say"),
  )
}

type Listed = Omit<DeskAnswer & { kind: 'listed' }, 'kind'>
type Ended = Omit<DeskAnswer & { kind: 'ended' }, 'kind'>

async function list(flags: ListFlags, io: CommandIo): Promise<void> {
  const { sub, provider, limit } = flags
  if (provider !== undefined && sub === undefined) {
    return refuse(io, '--provider goes with --sub.', EXIT.config)
  }
  const open = await openCaller(flags, io)
  if (!open) return
  const all: SessionFacts[] = []
  let page: Listed | undefined
  do {
    const query = new URLSearchParams({ limit: `${Math.min(limit - all.length, LARGEST_PAGE)}` })
    if (sub !== undefined) query.set('sub', sub)
    if (provider !== undefined) query.set('provider', provider)
    if (page?.next !== undefined) query.set('after', page.next)
    const called = await open.caller.get<Listed>(`/sessions?${query}`)
    if (called.kind === 'failed') return refuse(io, `${called.why}.`)
    page = called.body
    all.push(...page.sessions)
  } while (page.next !== undefined && all.length < limit)

  if (flags.json) return io.stdout(`${JSON.stringify({ ...page, sessions: all }, null, 2)}\n`)
  if (all.length === 0) return io.stdout(`${nobody(flags, open.config)}\n`)
  const more = page.next === undefined ? '' : `There are more: --limit shows them.\n`
  io.stdout(sessionsTable(all, page.now) + more)
}

async function end(flags: EndFlags, io: CommandIo): Promise<void> {
  const { sub, provider, ref, all, yes } = flags
  if ([sub, ref, all].filter((way) => way !== undefined).length !== 1) {
    return refuse(io, 'Say whose sessions: --sub <id>, --ref <ref>, or --all --yes.', EXIT.config)
  }
  if (provider !== undefined && sub === undefined) {
    return refuse(io, '--provider goes with --sub.', EXIT.config)
  }
  if (all && !yes) return refuse(io, '--all signs everybody out: add --yes.', EXIT.config)
  const open = await openCaller(flags, io)
  if (!open) return
  const who = sub === undefined ? (ref === undefined ? { all: true } : { ref }) : { sub }
  const body = { ...who, ...(provider === undefined ? {} : { provider }) }
  const called = await open.caller.post<Ended>('/sessions/end', body)
  if (called.kind === 'failed') return refuse(io, `${called.why}.`)
  const { count, sessions } = called.body
  if (flags.json) io.stdout(`${JSON.stringify(called.body, null, 2)}\n`)
  else if (count > 0) {
    io.stdout(`Ended ${count === 1 ? '1 session' : `${count} sessions`}:\n`)
    for (const one of sessions) io.stdout(`  ${one.ref}  ${one.provider}  ${plain(one.sub)}\n`)
    if (count > sessions.length) io.stdout(`  and ${count - sessions.length} more\n`)
  } else io.stderr(`${nobody(flags, open.config)}\n`)
  if (count === 0) io.exit(EXIT.failed)
}

const LARGEST_PAGE = 500

async function openCaller(flags: CommonFlags, io: CommandIo) {
  const config = await configFrom(flags, io, { createKeys: false })
  if (!config) return undefined
  if (flags.url !== undefined && !URL.canParse(flags.url)) {
    return refuse(io, '--url takes an address, such as http://127.0.0.1:3001.', EXIT.config)
  }
  const caller = operatorsCaller(config, flags.url && new URL(flags.url).origin)
  return typeof caller === 'string' ? refuse(io, `${caller}.`) : { caller, config }
}

/** A misspelt provider matches nobody, so it is said. */
function nobody({ sub, provider, ref }: EndFlags, { providers }: Config): string {
  if (ref !== undefined) return `There is no live session ${plain(ref)}.`
  if (sub === undefined) return 'Nobody is signed in.'
  const names = providers.map(({ name }) => name)
  const known = provider === undefined || names.includes(provider)
  const hint = known ? '' : ` The providers here are: ${names.join(', ')}.`
  const where = provider === undefined ? '' : ` at ${plain(provider)}`
  return `${plain(sub)} has no live session${where}.${hint}`
}

function refuse(io: CommandIo, why: string, code: number = EXIT.failed): undefined {
  io.stderr(`${why}\n`)
  io.exit(code)
  return undefined
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number above 0.')
}
