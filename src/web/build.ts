// Builds the demo's page into dist/web/demo, unless what is there is younger than everything it is made of.
// `node src/web/build.ts`
import { globSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const top = fileURLToPath(new URL('../..', import.meta.url))
const built = join(top, 'dist/web/demo')
/** Folders too: whatever is deleted makes its folder younger. */
const SOURCES = ['src/web', 'src/web/**', 'src/client/*.ts', 'src/qa/personas.ts', 'package.json']

if (!(await isFresh())) await build()

async function isFresh(): Promise<boolean> {
  const page = await ageOf(join(built, 'index.html'))
  if (page === undefined) return false
  const sources = globSync(SOURCES, { cwd: top })
  const ages = await Promise.all(sources.map((file) => ageOf(join(top, file))))
  return ages.every((age) => age === undefined || age <= page)
}

/** Epoch ms of the last change; undefined where there is nothing. */
async function ageOf(path: string): Promise<number | undefined> {
  const facts = await stat(path).catch(() => undefined)
  return facts?.mtimeMs
}

async function build(): Promise<void> {
  const from = new Date()
  console.error('Building the demo page …')
  // Otherwise React's own checks for development would go into the page.
  process.env.NODE_ENV = 'production'
  const vite = await import('vite')
  await mkdir(join(top, 'dist/web'), { recursive: true })
  // Whoever looks meanwhile, or builds at the same time, finds a whole page.
  const fresh = await mkdtemp(join(top, 'dist/web/.demo-'))
  try {
    await vite.build({
      root: join(top, 'src/web/demo'),
      configFile: false,
      logLevel: 'warn',
      build: {
        outDir: fresh,
        emptyOutDir: true,
        target: 'es2023',
        // The page's policy allows no data: and no inline script.
        assetsInlineLimit: 0,
        modulePreload: false,
        rolldownOptions: { output: { hashCharacters: 'hex' } },
      },
    })
    // A temporary folder is its maker's alone; this one is for whoever serves it.
    await chmod(fresh, 0o755)
    await utimes(join(fresh, 'index.html'), from, from)
    await rm(built, { recursive: true, force: true })
    await rename(fresh, built)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Somebody else was as quick with the same.
    if (!(await isFresh())) throw error
  }
}
