// Where a page of ours is: built into the package, and in a checkout built where it is missing or older than its sources.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export type BuiltPage = { readonly dir: string } | { readonly why: string }

/** `name`: a page that `build.ts` knows. */
export async function builtPage(name: string): Promise<BuiltPage> {
  const here = import.meta.url
  if (here.endsWith('.js')) return { dir: fileURLToPath(new URL(`./web/${name}/`, here)) }
  // Its own process: the bundler is no part of the gateway.
  const build = fork(fileURLToPath(new URL('./web/build.ts', here)), [name], {
    stdio: ['ignore', 2, 2, 'ipc'],
    execArgv: [],
  })
  const [code] = await once(build, 'exit')
  if (code === 0) return { dir: fileURLToPath(new URL(`../dist/web/${name}`, here)) }
  return { why: 'The page could not be built, for the reason above.' }
}
