// What the file system under a path is, whether something can be made there, and which files others can read.
import { access, constants, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { dirname, join } from 'node:path'
import type { Random } from '../lib/random.ts'

export interface Disk {
  readonly exists: boolean
  readonly fileSystem: number | undefined
  readonly freeBytes: number
}

/** Of the nearest directory that is there. Rejects where it cannot be looked at. */
export async function diskAt(path: string): Promise<Disk> {
  const place = await nearest(path)
  const { type, bavail, bsize } = await statfs(place)
  return {
    exists: place === path,
    fileSystem: platform() === 'linux' ? type : undefined,
    freeBytes: bavail * bsize,
  }
}

/** Makes a file in the nearest directory that is there and takes it away again; why it could not. */
export async function whyNotMade(path: string, random: Random): Promise<string | undefined> {
  const dir = await nearest(dirname(path))
  const probe = join(dir, `.coatcheck-doctor-${random(6).toString('hex')}`)
  try {
    await access(dir, constants.W_OK | constants.X_OK)
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 })
    return undefined
  } catch {
    return `this user may not write in ${dir}: give it to them, or set store.path`
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}

/** Those that are there. */
export async function modesOf(paths: readonly string[]): Promise<{ path: string; mode: number }[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const facts = await stat(path).catch(() => undefined)
      return facts === undefined ? [] : [{ path, mode: facts.mode }]
    }),
  )
  return found.flat()
}

export async function isFile(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined)
  return facts?.isFile() === true
}

async function nearest(path: string): Promise<string> {
  const there = await stat(path).catch(() => undefined)
  return there || dirname(path) === path ? path : nearest(dirname(path))
}
