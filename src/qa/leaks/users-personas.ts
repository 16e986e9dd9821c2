// The personas of a gateway's configuration as users; of that file nothing else is looked at.
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { checkShape } from '../../config/check.ts'
import { whyUnreadable } from '../../config/file-errors.ts'
import { interpolate } from '../../config/interpolate.ts'
import { parseYaml } from '../../config/positions.ts'
import { type ConfigProblem, createProblems } from '../../config/problems.ts'
import type { Env } from '../../config/sources.ts'
import { emptyMapping, isMapping, type Mapping, valueAt } from '../../config/tree.ts'

export interface PersonasFrom {
  /** As it was named, relative to `dir`. */
  readonly file: string
  readonly dir: string
  readonly cwd: string
  readonly env: Env
}

export type PersonaUsers =
  | { readonly ok: true; readonly rows: ReadonlyArray<Readonly<Record<string, string>>> }
  /** Either of the file as such, or of what stands in it, each with its place there. */
  | { readonly ok: false; readonly complaint: string }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Fields: `name`, `username`, `password`, and the persona's own. Secrets come from where the gateway takes them. */
export async function usersFromPersonas(from: PersonasFrom): Promise<PersonaUsers> {
  const { file, dir, cwd, env } = from
  const path = resolve(dir, file)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    return { ok: false, complaint: `cannot be read: ${whyUnreadable(error)}` }
  }
  const name = relative(cwd, path)
  const parsed = parseYaml(text)
  const problems = createProblems((at, part) => ({
    name,
    ...(parsed.ok ? parsed.yaml.at(at, part).spot : {}),
  }))
  const wrong = (): PersonaUsers => ({ ok: false, problems: problems.list() })
  if (!parsed.ok) {
    for (const { spot, message } of parsed.faults) problems.addAt({ name, ...spot }, message)
    return wrong()
  }
  const personas = valueAt(parsed.yaml.value, ['qa', 'personas'])
  if (!isMapping(personas) || Object.keys(personas).length === 0) {
    return { ok: false, complaint: 'has no qa.personas: write them there, or list users here' }
  }
  const origins = new Map<string, string>()
  const fileDir = dirname(path)
  const alone = mapping({ qa: mapping({ personas }) })
  const { tree } = await interpolate(alone, { env, origins, fileDir, cwd }, problems)
  const { qa } = checkShape(tree, problems)
  if (problems.count > 0) return wrong()
  const rows = Object.entries(qa?.personas ?? {}).map(([persona, written]) => {
    const { username = persona, password, fields } = written
    return { ...fields, name: persona, username, password }
  })
  return { ok: true, rows }
}

function mapping(entries: Mapping): Mapping {
  return Object.assign(emptyMapping(), entries)
}
