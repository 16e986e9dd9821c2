// A folder of files for a test, gone with it.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Folder extends AsyncDisposable {
  /** Absolute. */
  readonly path: string
  /** Every byte of every file in it, one after the other. */
  bytes(): Promise<Buffer>
}

/** `files`: content by path within the folder. */
export async function openFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'coatcheck-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), content)
  }
  return {
    path,
    bytes: () => bytesIn(path),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** Every byte of every file below `path`, one after the other. */
export async function bytesIn(path: string): Promise<Buffer> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const found = entries.filter((entry) => entry.isFile())
  return Buffer.concat(
    await Promise.all(found.map((entry) => readFile(join(entry.parentPath, entry.name)))),
  )
}
