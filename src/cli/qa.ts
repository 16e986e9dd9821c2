// `coatcheck qa …`: what testers use. Each sub-command brings its own code, loaded when it is meant.
import type { Command } from 'commander'
import type { CrashReport } from './crash.ts'
import type { CommandIo } from './io.ts'

interface SubCommandFile {
  register(qa: Command, io: CommandIo): void
}

/** In the order of the help. */
const subCommands: ReadonlyMap<string, () => Promise<SubCommandFile>> = new Map([
  ['leaks', (): Promise<SubCommandFile> => import('./qa-leaks.ts')],
  ['init', () => import('./qa-init.ts')],
  ['sample', () => import('./qa-sample.ts')],
  ['record', () => import('./qa-record.ts')],
  ['replay', () => import('./qa-replay.ts')],
  ['session', () => import('./qa-session.ts')],
  ['open', () => import('./qa-open.ts')],
])

export async function register(
  program: Command,
  io: CommandIo,
  _crash: CrashReport,
  args: readonly string[],
): Promise<void> {
  const qa = program.command('qa').description('test with many users at once: find identity leaks')
  const meant = args[0] === 'qa' ? subCommands.get(args[1] ?? '') : undefined
  for (const load of meant ? [meant] : subCommands.values()) {
    const { register: add } = await load()
    add(qa, io)
  }
}
