// A fresh copy of the checkout without what is made from it, inside its ignored `data` folder: packages are found
// higher up, types are stripped there, and `npm ci` in the copy leaves the checkout's own packages alone.
import { cp, mkdir, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

const LEFT_OUT: ReadonlySet<string> = new Set(['.git', 'node_modules', 'dist', 'data', 'coverage'])

export interface Copy extends AsyncDisposable {
  readonly path: string
}

export async function openCopy(top: string): Promise<Copy> {
  const data = join(top, 'data')
  await mkdir(data, { recursive: true })
  const path = await mkdtemp(join(data, 'docs-check-'))
  for (const name of await readdir(top)) {
    if (!LEFT_OUT.has(name)) await cp(join(top, name), join(path, name), { recursive: true })
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true })
      // Kept where something of the reader's own is in it.
      await rmdir(data).catch(() => {})
    },
  }
}
