// `coatcheck qa init URL`: writes the target file to begin with, from what can be seen of a service.
import { writeFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { whyUnreadable } from '../config/file-errors.ts'
import { systemClock } from '../lib/clock.ts'
import { systemRandom } from '../lib/random.ts'
import { hostComplaint } from '../qa/leaks/hosts.ts'
import { probe } from '../qa/leaks/probe.ts'
import { starterFile } from '../qa/leaks/starter.ts'
import { type CommandIo, EXIT } from './io.ts'
import { addHost } from './qa-leaks.ts'

export interface InitFlags {
  readonly out: string
  readonly force?: boolean
  readonly allowHost: readonly string[]
}

export function register(qa: Command, io: CommandIo): void {
  qa.command('init')
    .description('look at a service and write the target file to begin with')
    .argument('<url>', 'where the service is, such as http://localhost:5000')
    .option('-o, --out <file>', 'file to write', 'target.yaml')
    .option('--force', 'write over a file that is there')
    .option('--allow-host <host>', 'a host besides this machine that may be looked at', addHost, [])
    .action((url: string, flags: InitFlags) => init(url, flags, io))
}

async function init(text: string, flags: InitFlags, io: CommandIo): Promise<void> {
  const refuse = (why: string) => {
    io.stderr(`${why}\n`)
    io.exit(EXIT.config)
  }
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    return refuse(
      'The URL must be an http(s) address without a user, such as http://localhost:5000.',
    )
  }
  const complaint = hostComplaint(url.origin, flags.allowHost, 'pass')
  if (complaint !== undefined) return refuse(complaint)
  const base = url.pathname.replace(/\/$/, '')
  // What waits for an answer holds nothing open by itself.
  const alive = setInterval(() => {}, 1_000)
  const at = { origin: url.origin, base, clock: systemClock, random: systemRandom }
  const probed = await probe(at).finally(() => clearInterval(alive))
  if (probed.answers === false) return refuse(probed.why)
  const { found } = probed
  const file = resolve(io.cwd, flags.out)
  try {
    await writeFile(file, starterFile(url.origin + base, found), { flag: flags.force ? 'w' : 'wx' })
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    return refuse(
      exists
        ? `${flags.out} is there already: choose another with --out, or write over it with --force.`
        : `${flags.out} cannot be written: ${whyUnreadable(error)}.`,
    )
  }
  const shown = relative(io.cwd, file) || flags.out
  const rest = [
    ...(found.signIn ? [] : ['signIn']),
    ...(found.whoami ? [] : ['whoami']),
    ...(found.gateway === 'demo' ? [] : ['users']),
  ]
  const todo = rest.length === 0 ? 'Try it with' : `Fill in ${rest.join(', ')}, then`
  io.stdout(`Wrote ${shown}. ${todo}: coatcheck qa leaks ${shown}\n`)
}
