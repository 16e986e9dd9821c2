// A file that is made once, whole and private, however many processes start at the same moment.
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Random } from '../lib/random.ts'
import { whyUnreadable } from './file-errors.ts'

export type KeyFile =
  | { readonly kind: 'read'; readonly text: string; readonly exposed: boolean }
  | { readonly kind: 'made'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly why: string }

/** Without `content`, an absent file stays absent. */
export async function openKeyFile(
  path: string,
  content: string | undefined,
  random: Random,
): Promise<KeyFile> {
  try {
    const there = await read(path)
    if (there !== undefined) return there
    if (content === undefined) return { kind: 'absent' }
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const draft = `${path}.${random(8).toString('hex')}`
    await writeFile(draft, `${content}\n`, { mode: 0o600, flag: 'wx' })
    try {
      // A link appears at once and complete, and never over one that is there.
      await link(draft, path)
      return { kind: 'made', text: content }
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error
      return (await read(path)) ?? { kind: 'failed', why: 'was removed while it was read' }
    } finally {
      await rm(draft, { force: true })
    }
  } catch (error) {
    return { kind: 'failed', why: `cannot be read or made: ${whyUnreadable(error)}` }
  }
}

async function read(path: string): Promise<KeyFile | undefined> {
  try {
    const facts = await stat(path)
    const text = await readFile(path, 'utf8')
    return { kind: 'read', text, exposed: (facts.mode & 0o077) !== 0 }
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
