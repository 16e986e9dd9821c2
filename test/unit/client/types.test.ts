import { spawnSync } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openFolder } from '../../support/folder.ts'
import { codeUnder, top } from './docs.ts'

const tsc = join(top, 'node_modules/.bin/tsc')

function compile(args: readonly string[]): string {
  return spawnSync(tsc, args, { encoding: 'utf8', cwd: top }).stdout
}

/** What the compiler says about `files`, in a project of its own. */
async function complaints(files: Readonly<Record<string, string>>) {
  const own = Object.fromEntries(
    ['client', 'react'].map((name) => [`coatcheck/${name}`, [`${top}src/client/${name}.ts`]]),
  )
  const config = {
    compilerOptions: {
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      module: 'esnext',
      moduleResolution: 'bundler',
      jsx: 'react-jsx',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      types: [],
      paths: own,
    },
    files: Object.keys(files),
  }
  await using folder = await openFolder({ ...files, 'tsconfig.json': JSON.stringify(config) })
  await symlink(join(top, 'node_modules'), join(folder.path, 'node_modules'))
  return compile(['-p', folder.path])
}

describe('the types', () => {
  it('of what runs in a browser need a browser alone, nothing of Node', () => {
    expect(compile(['-p', 'src/client'])).toBe('')
  })

  it('fit the examples of the docs', async () => {
    const [react = ''] = codeUnder('The kit, with React', 'tsx')
    const [plain = ''] = codeUnder('The kit, without React', 'ts')

    expect(react).toContain('useSession')
    expect(plain).toContain('createClient')
    expect(await complaints({ 'main.tsx': react, 'plain.ts': plain })).toBe('')
  })

  it('know every problem code, and no other', async () => {
    const head =
      "import { ProblemError } from 'coatcheck/client'\ndeclare const error: ProblemError\n"
    const known = `${head}export const is = error.code === 'session_changed' || error.code === 'cookie_blocked'\n`
    const other = `${head}export const is = error.code === 'session_chnaged'\n`

    expect(await complaints({ 'known.ts': known })).toBe('')
    expect(await complaints({ 'other.ts': other })).toContain('session_chnaged')
  })

  it('tell a session only where there is one', async () => {
    const head = "import { useSession } from 'coatcheck/react'\n"
    const careful = `${head}export function Name() { const { status, session } = useSession(); return status === 'authenticated' ? session.sub : null }\n`
    const careless = `${head}export function Name() { return useSession().session.sub }\n`

    expect(await complaints({ 'careful.ts': careful })).toBe('')
    expect(await complaints({ 'careless.ts': careless })).toContain('possibly')
  })
})
