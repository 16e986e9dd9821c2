// A target file → what is to be tried, or everything that is wrong with it, at once.
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { shapeCheck } from '../../config/check.ts'
import { whyUnreadable } from '../../config/file-errors.ts'
import { fill } from '../../config/interpolate.ts'
import { parseYaml, type YamlText } from '../../config/positions.ts'
import { type ConfigProblem, createProblems, type Problems } from '../../config/problems.ts'
import type { Env } from '../../config/sources.ts'
import { emptyMapping, isMapping, type Mapping, type Path, type Value } from '../../config/tree.ts'
import { NOT_UTF8, textIn } from './file-text.ts'
import { resolveTarget } from './resolve-target.ts'
import type { Target } from './target.ts'
import { needed, type TargetFile, targetSchema } from './target-schema.ts'

export interface LoadTargetOptions {
  /** As it was named; relative to `cwd`. */
  readonly file: string
  /** Absolute. */
  readonly cwd: string
  readonly env: Env
  readonly allowHosts?: readonly string[]
  /** Over what the file says. */
  readonly seed?: number | undefined
}

export type LoadedTarget =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

const checkTarget = shapeCheck<TargetFile>(targetSchema)

/** Never rejects for what anybody wrote. */
export async function loadTarget(options: LoadTargetOptions): Promise<LoadedTarget> {
  const { file, cwd, env } = options
  let yaml: YamlText | undefined
  const problems = createProblems((path, part) => ({ name: file, ...yaml?.at(path, part).spot }))
  const refused = (): LoadedTarget => ({ ok: false, problems: problems.list() })
  const path = resolve(cwd, file)
  let written: string | undefined
  try {
    written = textIn(await readFile(path))
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const mend = absent ? '; "coatcheck qa init URL" writes one' : ''
    problems.addAt({ name: file }, `the target file cannot be read: ${whyUnreadable(error)}${mend}`)
    return refused()
  }
  if (written === undefined) {
    problems.addAt({ name: file }, NOT_UTF8)
    return refused()
  }
  const parsed = parseYaml(written)
  if (!parsed.ok) {
    for (const { spot, message } of parsed.faults) problems.addAt({ name: file, ...spot }, message)
    return refused()
  }
  yaml = parsed.yaml
  if (!isMapping(yaml.value)) {
    problems.addAt({ name: file, line: 1, col: 1 }, 'must be a mapping (key: value)')
    return refused()
  }
  const tree = filled(yaml.value, env, problems)
  const checked = checkTarget(tree, problems)
  const misspelt = new Set(problems.list().map(({ hint }) => hint))
  for (const name of needed) {
    if ((yaml.value[name] ?? null) !== null || misspelt.has(name)) continue
    problems.add([name], 'is missing', { part: 'key' })
  }
  const target = await resolveTarget(checked, { ...options, dir: dirname(path) }, problems)
  return problems.count > 0 || target === undefined ? refused() : { ok: true, target }
}

function filled(root: Mapping, env: Env, problems: Problems): Mapping {
  const walk = (value: Value, path: Path): Value => {
    if (typeof value === 'string') {
      return fill(value, env, new Set(), (complaint) => problems.add(path, complaint)) ?? 'missing'
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]))
    if (!isMapping(value)) return value
    const unquoted = PLACES.has(path[0]) && path.length > 1 ? bareName(value) : undefined
    if (unquoted !== undefined) {
      problems.add(path, `between braces, {${unquoted}} needs quotes: "{${unquoted}}"`)
      return `{${unquoted}}`
    }
    const mapping = emptyMapping()
    for (const [key, item] of Object.entries(value)) {
      if (item !== null) mapping[key] = walk(item, [...path, key])
    }
    return mapping
  }
  const tree = walk(root, [])
  return isMapping(tree) ? tree : emptyMapping()
}

/** Where fields of users may stand. */
const PLACES: ReadonlySet<unknown> = new Set(['signIn', 'signOut', 'whoami'])

const BARE = /^(?:(?:page|cookie):[^{}]{1,64}|[A-Za-z_][\w-]{0,39})$/

/** `{name}` without quotes, which YAML takes for a mapping with an empty `name`. */
function bareName(mapping: Mapping): string | undefined {
  const [[name, value] = ['', ''], ...more] = Object.entries(mapping)
  return more.length === 0 && value === null && BARE.test(name) ? name : undefined
}
