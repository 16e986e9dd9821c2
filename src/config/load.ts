// Defaults, file, environment and flags → one Config, or everything that is wrong with them, at once.
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Random } from '../lib/random.ts'
import { checkShape } from './check.ts'
import type { Config } from './config.ts'
import { whyUnreadable } from './file-errors.ts'
import { interpolate } from './interpolate.ts'
import { parseYaml, type YamlText } from './positions.ts'
import { type ConfigProblem, createProblems, type Locate, type Problems } from './problems.ts'
import { resolveConfig } from './resolve.ts'
import { ownKeys } from './secrets.ts'
import { type Env, misspelt, type Origins, type Overrides, overlay, variable } from './sources.ts'
import { emptyMapping, formatPath, isMapping, type Mapping, type Path, valueAt } from './tree.ts'

export interface LoadOptions {
  readonly env: Env
  /** Absolute; relative paths of the command line and of the store start here. */
  readonly cwd: string
  /** `--config`; without it `COATCHECK_CONFIG`, then `./coatcheck.yaml` if it is there. */
  readonly configPath?: string | undefined
  readonly overrides?: Overrides
  readonly random: Random
  /** False: nothing is written, and missing keys live as long as this process. Default true. */
  readonly createKeys?: boolean
  /** Told one line when something was made. */
  readonly announce?: (line: string) => void
}

export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[]; readonly source: string }

const USUAL_FILE = 'coatcheck.yaml'

/** Never rejects for what anybody wrote; touches nothing but files and what it is handed. */
export async function loadConfig(options: LoadOptions): Promise<Loaded> {
  const found = await findFile(options)
  const source = found.name ?? 'environment'
  const origins: Origins = new Map()
  let yaml: YamlText | undefined
  const problems = createProblems(locator(source, origins, () => yaml))
  const refused = (): Loaded => ({ ok: false, problems: problems.list(), source })

  if (found.complaint !== undefined) {
    problems.addAt({ name: found.by ?? source }, found.complaint)
    return refused()
  }
  if (found.text !== undefined) {
    const parsed = parseYaml(found.text)
    if (!parsed.ok) {
      for (const { spot, message } of parsed.faults)
        problems.addAt({ name: source, ...spot }, message)
      return refused()
    }
    yaml = parsed.yaml
    if (!isMapping(yaml.value)) {
      problems.addAt({ name: source, line: 1, col: 1 }, 'must be a mapping (key: value)')
      return refused()
    }
  }
  const config = await build({ ...options, source }, mappingOf(yaml), origins, problems)
  return config === undefined ? refused() : { ok: true, config }
}

async function build(
  options: LoadOptions & { source: string },
  draft: Mapping,
  origins: Origins,
  problems: Problems,
): Promise<Config | undefined> {
  const { env, cwd, source, random, overrides = {}, createKeys = true } = options
  overlay(draft, origins, { env, overrides }, problems)
  const fileDir = source === 'environment' ? cwd : dirname(resolve(cwd, source))
  const { tree, paths, names } = await interpolate(draft, { env, origins, fileDir, cwd }, problems)
  const warnings = misspelt(env)
    .filter(({ name }) => !names.has(name))
    .map(({ name, hint }) => `${name} is not read; did you mean ${hint}?`)
  const context = {
    env,
    cwd,
    fileDir,
    random,
    problems,
    given: (path: Path) => valueAt(draft, path) !== undefined,
    keysOf: (path: Path) => {
      const there = valueAt(draft, path)
      return isMapping(there) ? Object.keys(there) : []
    },
    pathOf: (mapping: object) => paths.get(mapping) ?? [],
    warn: (line: string) => void warnings.push(line),
  }
  const { config, needsOwnKeys } = await resolveConfig(checkShape(tree, problems), context)
  if (problems.count > 0) return undefined
  if (!needsOwnKeys) return { ...config, warnings, source }
  const { announce = () => {} } = options
  const keys = await ownKeys(context, { create: createKeys, announce })
  if (problems.count > 0) return undefined
  return { ...config, cookie: { ...config.cookie, keys }, warnings, source }
}

interface FoundFile {
  /** As it was named; absent when there is no file. */
  readonly name?: string
  readonly text?: string
  /** The variable that named it. */
  readonly by?: string
  readonly complaint?: string
}

async function findFile({ env, cwd, configPath }: LoadOptions): Promise<FoundFile> {
  const fromVariable = variable(env, 'COATCHECK_CONFIG')
  const name = configPath ?? fromVariable ?? USUAL_FILE
  const asked = configPath !== undefined || fromVariable !== undefined
  try {
    return { name, text: await readFile(resolve(cwd, name), 'utf8') }
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (absent && !asked) return {}
    const by = configPath === undefined && asked ? { by: 'COATCHECK_CONFIG' } : {}
    return { name, ...by, complaint: `the configuration cannot be read: ${whyUnreadable(error)}` }
  }
}

function mappingOf(yaml: YamlText | undefined): Mapping {
  return isMapping(yaml?.value) ? yaml.value : emptyMapping()
}

/** The nearest thing that somebody wrote, in a variable, a flag or the file. */
function locator(source: string, origins: Origins, yaml: () => YamlText | undefined): Locate {
  return (path, part) => {
    for (let length = path.length; length > 0; length--) {
      const prefix = path.slice(0, length)
      const text = formatPath(prefix)
      const outside = origins.get(text)
      if (outside !== undefined) return { name: outside }
      const written = yaml()?.at(prefix, part)
      if (written?.complete) return { name: source, ...written.spot }
      const within = [...origins].find(
        ([key]) => key.startsWith(text) && /^[.[]/.test(key.slice(text.length)),
      )
      if (within !== undefined) return { name: within[1] }
    }
    const top = yaml()?.at([], part)
    return top === undefined ? { name: source } : { name: source, ...top.spot }
  }
}
