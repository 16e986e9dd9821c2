// Builds our pages into dist/web, but for those that are younger than everything they are made of.
// `node src/web/build.ts [page …]`
import { globSync } from 'node:fs'
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { oneFile } from './one-file.ts'

const top = fileURLToPath(new URL('../..', import.meta.url))

interface Page {
  /** What it is made of beside its own folder; folders too: whatever is deleted makes its folder younger. */
  readonly sources: readonly string[]
  /** Everything within its index.html. */
  readonly oneFile?: boolean
  /** Where it is served; default: wherever it stands. */
  readonly base?: string
  /** Scripts beside the page, each `assets/<name>.js` for whoever asks for it by name. */
  readonly scripts?: readonly string[]
}

const SHARED = ['src/web/*.ts', 'src/web/styles/**', 'src/web/styles', 'package.json']

const PAGES: Readonly<Record<string, Page>> = {
  demo: { sources: ['src/client/*.ts', 'src/qa/personas.ts'] },
  qa: {
    sources: ['src/web/lanes', 'src/web/lanes/**', 'src/qa/{run,tiles,timeline-events}.ts'],
    base: '/qa/',
    scripts: ['badge'],
  },
  report: {
    sources: ['src/web/lanes', 'src/web/lanes/**', 'src/qa/report/page/*.ts', 'src/qa/run.ts'],
    oneFile: true,
  },
}

const wanted = process.argv.slice(2)
for (const name of wanted.length > 0 ? wanted : Object.keys(PAGES)) {
  const page = PAGES[name]
  if (page === undefined) throw new Error(`no page is called ${name}`)
  if (!(await isFresh(name, page))) await alone(name, page)
}

/** One process builds, and the others wait for what it builds. */
async function alone(name: string, page: Page): Promise<void> {
  const lock = join(top, `dist/web/.${name}.lock`)
  await mkdir(join(top, 'dist/web'), { recursive: true })
  while (!(await isTaken(lock))) {
    // Whoever was ended before it could give it back.
    if (!(await isHeld(lock))) await rm(lock, { force: true })
    await pause(50)
  }
  try {
    if (!(await isFresh(name, page))) await build(name, page)
  } finally {
    await rm(lock, { force: true })
  }
}

/** A file is made once, whoever tries at the same time. */
async function isTaken(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** By a process that lives, as far as can be told. */
async function isHeld(lock: string): Promise<boolean> {
  const pid = Number(await readFile(lock, 'utf8').catch(() => ''))
  // Not yet written, or gone again.
  if (pid === 0) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function isFresh(name: string, { sources }: Page): Promise<boolean> {
  const built = await ageOf(join(top, 'dist/web', name, 'index.html'))
  if (built === undefined) return false
  const all = [...SHARED, ...sources, `src/web/${name}`, `src/web/${name}/**`]
  const ages = await Promise.all(globSync(all, { cwd: top }).map((file) => ageOf(join(top, file))))
  return ages.every((age) => age === undefined || age <= built)
}

/** Epoch ms of the last change; undefined where there is nothing. */
async function ageOf(path: string): Promise<number | undefined> {
  const facts = await stat(path).catch(() => undefined)
  return facts?.mtimeMs
}

async function build(name: string, page: Page): Promise<void> {
  const from = new Date()
  console.error(`Building the page ${name} …`)
  // Otherwise React's own checks for development would go into the page.
  process.env.NODE_ENV = 'production'
  // Whoever looks meanwhile finds a whole page.
  const fresh = await mkdtemp(join(top, `dist/web/.${name}-`))
  const built = join(top, 'dist/web', name)
  try {
    await bundle(join(top, 'src/web', name), fresh, page)
    // A temporary folder is its maker's alone; this one is for whoever serves it.
    await chmod(fresh, 0o755)
    await utimes(join(fresh, 'index.html'), from, from)
    await rm(built, { recursive: true, force: true })
    await rename(fresh, built)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Two who find the same dead one's lock may both take it: somebody else was as quick with the same.
    if (!(await isFresh(name, page))) throw error
  }
}

async function bundle(root: string, outDir: string, page: Page): Promise<void> {
  const { oneFile: inOne = false, base = '/', scripts = [] } = page
  const vite = await import('vite')
  const result = await vite.build({
    root,
    configFile: false,
    base,
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: true,
      write: !inOne,
      target: 'es2023',
      // The pages' policies allow no data: scripts, styles or letters.
      assetsInlineLimit: 0,
      modulePreload: false,
      rolldownOptions: {
        input: ['index.html', ...scripts.map((name) => `${name}.ts`)].map((name) =>
          join(root, name),
        ),
        output: {
          hashCharacters: 'hex',
          entryFileNames: ({ name }) =>
            scripts.includes(name) ? `assets/${name}.js` : 'assets/[name]-[hash].js',
        },
      },
    },
  })
  if (inOne) await writeFile(join(outDir, 'index.html'), oneFile([result].flat()))
}
