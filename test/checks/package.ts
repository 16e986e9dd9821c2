// The package as it is published: packed, installed in an empty folder, and used there by command, import and types.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/free-port.ts'
import { ADDRESS, answers, within } from './address.ts'
import { openShell } from './shell.ts'

const MAY_SHIP = /^((dist|config)\/.+|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/
const MUST_SHIP = [
  'dist/main.js',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/testing/testing.d.ts',
  'dist/web/demo/index.html',
  'dist/web/qa/index.html',
  'dist/web/qa/assets/badge.js',
  'dist/web/report/index.html',
  'config/coatcheck.schema.json',
  'config/demo.yaml',
]

/** Compiles only where the published types are found, and say no to nonsense. */
const CONSUMER = `
import { type CoatcheckOptions, coatcheck, loadConfig, openGateway } from 'coatcheck'
import fastify from 'fastify'

export async function embed(options: CoatcheckOptions): Promise<string> {
  await fastify().register(coatcheck, options)
  // @ts-expect-error: a number is no Config
  await fastify().register(coatcheck, { config: 1 })
  // @ts-expect-error: an origin is a string, and found through the types of another file
  const origin: number = options.config.publicOrigin
  return String(origin)
}
for (const one of [coatcheck, loadConfig, openGateway]) if (typeof one !== 'function') process.exit(1)
`

/** A test suite of somebody else's, without any runner: the kit depends on none. */
const TEST_SUITE = `
import { type OwnerMatchers, personaFixtures, startTestGateway, type TestAnswer } from 'coatcheck/testing'

await using gateway = await startTestGateway()
await using alice = await gateway.as('alice')
const answer: TestAnswer = await alice.get('/api/user')
const { pass } = await gateway.matchers.toBelongTo(answer, 'alice')
const { problem } = await (await gateway.as('bob', 'idle')).get('/api/user')
const fixtures: object = personaFixtures(['alice', 'bob']).bob
export type Judged = ReturnType<OwnerMatchers<void>['toBelongTo']>
// @ts-expect-error: no state of a session
if (!pass) await gateway.as('alice', 'asleep')
if (!pass || problem !== 'session_idle' || !fixtures) process.exit(1)
`

interface Packed {
  readonly filename: string
  readonly files: ReadonlyArray<{ readonly path: string }>
}

const top = fileURLToPath(new URL('../..', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'coatcheck-package-'))
// The checkout's Node, in a folder that is otherwise nobody's.
const PATH = `${join(top, 'node_modules/node/bin')}:${process.env.PATH}`

async function sh(script: string, cwd = folder): Promise<string> {
  console.log(`$ ${script}`)
  const shell = openShell(script, cwd, { PATH })
  const code = await within(120_000, shell.ended)
  shell.kill()
  await shell.silent
  if (code !== 0) throw new Error(`ends with ${code}: ${script}\n${shell.printed}`)
  return shell.printed
}

async function install(): Promise<void> {
  await sh(
    `npm pack --ignore-scripts --json --pack-destination ${folder} > ${folder}/packed.json`,
    top,
  )
  const [packed] = JSON.parse(await readFile(join(folder, 'packed.json'), 'utf8')) as [Packed]
  const paths = packed.files.map(({ path }) => path)
  const stray = paths.filter((path) => !MAY_SHIP.test(path))
  const missing = MUST_SHIP.filter((path) => !paths.includes(path))
  if (stray.length > 0) throw new Error(`the package must not hold ${stray.join(', ')}`)
  if (missing.length > 0) throw new Error(`the package lacks ${missing.join(', ')}`)
  await sh(`npm init -y && npm install --omit=dev --prefer-offline ./${packed.filename}`)
}

async function use(): Promise<void> {
  await sh('npx --no-install coatcheck --version')
  await sh('npx --no-install coatcheck keygen > keys')
  await writeFile(join(folder, 'consumer.mts'), CONSUMER)
  const types = `--types node --typeRoots ${top}/node_modules/@types`
  const options = `--strict --skipLibCheck --module nodenext --target es2024 ${types}`
  await sh(`${top}/node_modules/.bin/tsc ${options} consumer.mts && node consumer.mjs`)
  await writeFile(join(folder, 'suite.mts'), TEST_SUITE)
  const lib = '--lib es2024,esnext.disposable,dom'
  await sh(`${top}/node_modules/.bin/tsc ${options} ${lib} suite.mts && node suite.mjs`)
}

async function demo(): Promise<void> {
  const [port, operators] = await Promise.all([freePort(), freePort()])
  const command = 'node_modules/.bin/coatcheck demo'
  console.log(`$ ${command}`)
  const shell = openShell(command, folder, {
    PATH,
    COATCHECK__LISTEN__PORT: String(port),
    COATCHECK__OPERATORS__PORT: String(operators),
  })
  const found = await shell.match(ADDRESS, 30_000)
  const served = found !== undefined && (await answers(found))
  shell.terminate()
  const code = await within(30_000, shell.ended)
  shell.kill()
  await shell.silent
  if (!served) throw new Error(`does not answer: ${command}\n${shell.printed}`)
  if (code !== 0) throw new Error(`ends with ${code} on SIGTERM: ${command}\n${shell.printed}`)
}

try {
  await install()
  await use()
  await demo()
  console.log('ok: the package installs and works')
} finally {
  await rm(folder, { recursive: true })
}
