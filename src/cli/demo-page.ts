// Where the demo's page is: built into the package, and in a checkout built where it is missing or older than its sources.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type DemoPage = { readonly dir: string } | { readonly why: string }

export async function demoPage(): Promise<DemoPage> {
  const here = import.meta.url
  if (here.endsWith('.js')) return { dir: fileURLToPath(new URL('../web/demo/', here)) }
  const top = fileURLToPath(new URL('../../', here))
  // Its own process: the bundler is no part of the gateway.
  const build = spawn(process.execPath, [join(top, 'src/web/build.ts')], {
    stdio: ['ignore', 2, 2],
  })
  const [code] = await once(build, 'exit')
  if (code === 0) return { dir: join(top, 'dist/web/demo') }
  return { why: 'The page could not be built, for the reason above.' }
}
