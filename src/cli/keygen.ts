// `coatcheck keygen`: one cookie key, 32 random bytes as base64url.
import type { Command } from 'commander'
import { systemRandom } from '../lib/random.ts'
import type { CommandIo } from './io.ts'

export function register(program: Command, io: CommandIo): void {
  program
    .command('keygen')
    .description('print a key for COATCHECK_KEYS')
    .action(() => keygen(io))
}

export function keygen(io: Pick<CommandIo, 'stdout'>): void {
  io.stdout(`${systemRandom(32).toString('base64url')}\n`)
}
