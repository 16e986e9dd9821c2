// `coatcheck qa init URL`: writes the target file to begin with, from what can be seen of a service.
import { access, constants, stat, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { baseIn, type HttpBase } from '../config/addresses.ts'
import { whyUnwritable } from '../config/file-errors.ts'
import { systemClock } from '../lib/clock.ts'
import { systemRandom } from '../lib/random.ts'
import { hostComplaint } from '../qa/leaks/hosts.ts'
import { type Probed, probe } from '../qa/leaks/probe.ts'
import { starterFile } from '../qa/leaks/starter.ts'
import { cutShort, nextStep } from '../qa/leaks/starter-left.ts'
import { keepAwake } from './awake.ts'
import { type CommandIo, EXIT } from './io.ts'
import { addHost } from './qa-leaks.ts'
import { openProgressBar } from './qa-progress.ts'

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
  const at = baseIn(text)
  if (!at) {
    return refuse(
      'The URL must be an http(s) address without a user, such as http://localhost:5000.',
    )
  }
  const complaint = hostComplaint(at.origin, flags.allowHost, 'pass')
  if (complaint !== undefined) return refuse(complaint)
  const file = resolve(io.cwd, flags.out)
  const nowhere = await whyNotThere(file, flags)
  if (nowhere !== undefined) return refuse(nowhere)
  const url = at.origin + at.base
  io.stderr(`Looking at ${url}, for ${TOTAL_MS / 1_000} seconds at most.\n`)
  const probed = await probedAt(at, io)
  if (!probed.answers) return refuse(probed.why)
  try {
    await writeFile(file, starterFile(url, probed.found), { flag: flags.force ? 'w' : 'wx' })
  } catch (error) {
    return refuse(whyNot(error, flags.out))
  }
  const late = cutShort(probed.missed)
  if (late !== undefined) io.stderr(`${late}\n`)
  io.stdout(`${nextStep(probed.found, relative(io.cwd, file) || flags.out)}\n`)
}

/** Before the look, which may take a while. */
async function whyNotThere(file: string, { out, force }: InitFlags): Promise<string | undefined> {
  try {
    // With the slash it must be a folder.
    await access(`${dirname(file)}/`, constants.W_OK)
    const there = await stat(file).catch(() => undefined)
    if (there?.isDirectory()) return `${out} cannot be written: it is a directory.`
    return there === undefined || force ? undefined : isThere(out)
  } catch (error) {
    return whyNot(error, out)
  }
}

function whyNot(error: unknown, out: string): string {
  const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
  return exists ? isThere(out) : `${out} cannot be written: ${whyUnwritable(error, out)}.`
}

function isThere(out: string): string {
  return `${out} is there already: choose another with --out, or write over it with --force.`
}

async function probedAt(at: HttpBase, io: CommandIo): Promise<Probed> {
  const bar = openProgressBar(process.stderr, io.env)
  const onAsked = (done: number) => bar.show({ title: `asked ${done} times`, done, leaks: 0 })
  using _awake = keepAwake()
  const of = { clock: systemClock, random: systemRandom, totalMs: TOTAL_MS, onAsked }
  return await probe({ ...at, ...of }).finally(bar.close)
}

const TOTAL_MS = 20_000
