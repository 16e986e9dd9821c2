// Looks at everything a configuration leans on, all at once and each for a bounded time. Changes nothing but a probe of its own.
import { readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { isLoopback } from '../config/addresses.ts'
import type { Config } from '../config/config.ts'
import { isOwnMachine } from '../config/listeners.ts'
import { parseYaml } from '../config/positions.ts'
import { KEY_FILE } from '../config/secrets.ts'
import { variable } from '../config/sources.ts'
import { isMapping, type Path, type Value, valueAt } from '../config/tree.ts'
import type { Clock } from '../lib/clock.ts'
import { examineProxy } from './examine-proxy.ts'
import { examineStore } from './examine-store.ts'
import { examineUpstreams } from './examine-upstreams.ts'
import { type Finding, findingsOf } from './finding.ts'
import { isFile, modesOf } from './gather-disk.ts'
import { judgeClocks } from './judge-clock.ts'
import { judgeKeys } from './judge-keys.ts'
import { judgeOrigin } from './judge-origin.ts'
import { isBelow, judgePages, pathOf } from './judge-pages.ts'
import type { Examined, Part } from './part.ts'

/** For one check with all of its own questions. */
const CHECK_MS = 4000

/** In the order in which they are shown. Never rejects. */
export async function examine(examined: Examined): Promise<Finding[]> {
  const within = (check: string, part: Promise<Part>) => inTime(check, part, examined.clock)
  const [keys, pages, store, upstreams, proxy] = await Promise.all([
    within('keys', noClocks(keysOf(examined))),
    within('pages', noClocks(pagesOf(examined))),
    within('store', examineStore(examined)),
    within('upstream', examineUpstreams(examined)),
    within('proxy', examineProxy(examined)),
  ])
  const clocks = [store, upstreams, proxy].flatMap((part) => part.clocks)
  return [
    ...configurationOf(examined.config),
    ...originOf(examined),
    ...keys.findings,
    ...store.findings,
    ...judgeClocks(clocks),
    ...upstreams.findings,
    ...proxy.findings,
    ...pages.findings,
  ]
}

function configurationOf({ source, warnings }: Config): Finding[] {
  const { ok, warning } = findingsOf('configuration')
  return warnings.length === 0 ? [ok(source)] : warnings.map(warning)
}

function originOf({ config, env }: Examined): Finding[] {
  const isProduction =
    variable(env, 'NODE_ENV') === 'production' ||
    variable(env, 'DYNO') !== undefined ||
    variable(env, 'KUBERNETES_SERVICE_HOST') !== undefined
  return judgeOrigin({ config, isProduction, isLoopback })
}

const KEY_SETTINGS: readonly Path[] = [
  ['cookie', 'keys'],
  ['cookie', 'secret'],
]
const SECRET_SETTINGS: readonly Path[] = [
  ...KEY_SETTINGS,
  ['operators', 'token'],
  ['qa', 'token'],
  ['store', 'url'],
]

async function keysOf({ config, env, cwd }: Examined): Promise<Finding[]> {
  const { source } = config
  const isFromFile = source !== 'environment'
  const written = isFromFile ? await readConfig(resolve(cwd, source)) : undefined
  const dir = isFromFile ? dirname(resolve(cwd, source)) : cwd
  const files = SECRET_SETTINGS.flatMap((path) => {
    const file = written === undefined ? undefined : valueAt(written, [...path, 'file'])
    return typeof file === 'string' ? [resolve(dir, file)] : []
  })
  const names = ['COATCHECK_KEYS', 'COATCHECK_SECRET', 'COATCHECK__COOKIE__']
  const isWritten =
    Object.keys(env).some(
      (name) => names.some((known) => name.toUpperCase().startsWith(known)) && variable(env, name),
    ) || KEY_SETTINGS.some((path) => written !== undefined && !!valueAt(written, path))
  const keyFile = resolve(cwd, KEY_FILE)
  const makesOwn = !isWritten && isOwnMachine(config.publicOrigin, config.listen)
  return judgeKeys({
    keys: config.cookie.keys,
    absent: makesOwn && !(await isFile(keyFile)),
    keyFile: relative(cwd, keyFile),
    secret: variable(env, 'COATCHECK_SECRET'),
    files: (await modesOf(files)).map(({ path, mode }) => ({ path: relative(cwd, path), mode })),
  })
}

/** As it is written; undefined where it cannot be read any more. */
async function readConfig(path: string): Promise<Value | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const parsed = parseYaml(text)
  return parsed.ok && isMapping(parsed.yaml.value) ? parsed.yaml.value : undefined
}

async function pagesOf({ config }: Examined): Promise<Finding[]> {
  const there = Object.values(config.pages).map(async (page) => {
    const path = pathOf(page)
    const places = config.static
      .filter(({ prefix }) => isBelow(path, prefix))
      .map(({ prefix, dir }) => join(dir, prefix === '/' ? path : path.slice(prefix.length)))
    const found = await Promise.all(
      places.flatMap((place) => [isFile(place), isFile(join(place, 'index.html'))]),
    )
    return found.includes(true) ? [path] : []
  })
  return judgePages({ config, there: (await Promise.all(there)).flat() })
}

async function noClocks(findings: Promise<readonly Finding[]>): Promise<Part> {
  return { findings: await findings, clocks: [] }
}

/** What fails or takes too long is a finding too. */
function inTime(check: string, part: Promise<Part>, clock: Clock): Promise<Part> {
  const { problem } = findingsOf(check)
  const instead = (text: string): Part => ({ findings: [problem(text)], clocks: [] })
  return new Promise((done) => {
    const cancel = clock.after(CHECK_MS, () => {
      done(instead(`took more than ${CHECK_MS / 1000} s: try again, or look at what it asks`))
    })
    part
      .catch((error: unknown) => instead(error instanceof Error ? error.message : 'failed'))
      .then((found) => {
        cancel()
        done(found)
      })
  })
}
