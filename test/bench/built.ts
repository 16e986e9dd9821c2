// Coatcheck as it is published: plain JavaScript, built afresh into a folder of its own.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TOP = fileURLToPath(new URL('../../', import.meta.url))

/** The folder with the built files. `into` is a folder that is not there yet. */
export function buildInto(into: string): string {
  mkdirSync(into)
  const dist = join(into, 'dist')
  const compiler = join(TOP, 'node_modules/typescript/bin/tsc')
  const args = [compiler, '-p', join(TOP, 'src'), '--outDir', dist]
  // What does not type-check still runs, and is somebody's work in progress.
  const { error, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (error) throw error
  if (stdout.trim() !== '') process.stderr.write(stdout)
  copyFileSync(join(TOP, 'package.json'), join(into, 'package.json'))
  symlinkSync(join(TOP, 'node_modules'), join(into, 'node_modules'))
  return dist
}
