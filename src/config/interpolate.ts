// `${X}`, `${X:-default}` and `{ file: … }` become what they stand for.
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { whyUnreadable } from './file-errors.ts'
import type { Problems } from './problems.ts'
import { acceptsText, branches, fromText, nodesAt, standIn } from './schema-node.ts'
import { type Env, type Origins, variable } from './sources.ts'
import { emptyMapping, formatPath, isMapping, type Mapping, type Path, type Value } from './tree.ts'

const MAX_FILE_BYTES = 1_048_576
const MAX_DEPTH = 16

export interface Interpolated {
  readonly tree: Mapping
  /** Every mapping in `tree` → its path. */
  readonly paths: Map<object, Path>
  /** Variables that were asked for. */
  readonly names: ReadonlySet<string>
}

export interface InterpolateFrom {
  readonly env: Env
  readonly origins: Origins
  /** Where relative `{ file: … }` start: the configuration file's directory. */
  readonly fileDir: string
  /** Where they start when a variable named them: the working directory. */
  readonly cwd: string
}

/** Values set from outside are taken as they are; what cannot be filled in is left out and is a problem. */
export async function interpolate(
  root: Mapping,
  from: InterpolateFrom,
  problems: Problems,
): Promise<Interpolated> {
  const paths = new Map<object, Path>()
  const names = new Set<string>()

  const walk = async (
    value: Value,
    path: Path,
    outside: string | undefined,
  ): Promise<Value | undefined> => {
    const source = from.origins.get(formatPath(path)) ?? outside
    if (path.length > MAX_DEPTH) {
      problems.add(path, 'is nested too deeply')
      return undefined
    }
    if (typeof value === 'string') {
      if (source !== undefined) return value
      const text = fill(value, from.env, names, (complaint) => problems.add(path, complaint))
      if (text === undefined) return standIn(nodesAt(path)[0])
      return text === value ? text : fromText(text, nodesAt(path))
    }
    if (Array.isArray(value)) {
      const list: Value[] = []
      for (const [index, item] of value.entries()) {
        list.push((await walk(item, [...path, index], source)) ?? null)
      }
      return list
    }
    if (!isMapping(value)) return value
    const reference = fileReference(value, path)
    if (reference !== undefined) {
      const inner = [...path, 'file']
      const name = await walk(reference, inner, source)
      if (typeof name !== 'string') return undefined
      const base = (from.origins.get(formatPath(inner)) ?? source) ? from.cwd : from.fileDir
      const content = await read(resolve(base, name))
      if (typeof content === 'string') return content
      problems.add(inner, content.complaint)
      return undefined
    }
    const mapping = emptyMapping()
    paths.set(mapping, path)
    for (const [key, item] of Object.entries(value)) {
      const filled = item === null ? undefined : await walk(item, [...path, key], source)
      if (filled !== undefined) mapping[key] = filled
    }
    return mapping
  }

  const tree = await walk(root, [], undefined)
  return { tree: isMapping(tree) ? tree : emptyMapping(), paths, names }
}

/** `undefined` after a complaint for each thing that could not be filled in; `names` gathers what was asked for. */
export function fill(
  text: string,
  env: Env,
  names: Set<string>,
  complain: (message: string) => void,
): string | undefined {
  let complete = true
  const filled = text.replaceAll(/\$(\$\{)|\$\{([^}]*)(\}?)/g, (_all, escaped, inside, end) => {
    if (escaped !== undefined) return '${'
    const [, name, fallback] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inside) ?? []
    if (name === undefined || end === '') {
      complete = false
      // biome-ignore lint/suspicious/noTemplateCurlyInString: shown as it is
      complain('write ${NAME} or ${NAME:-default}, and $${ for the two characters themselves')
      return ''
    }
    names.add(name)
    const value = variable(env, name) ?? fallback
    if (value !== undefined) return value
    complete = false
    complain(`the variable ${name} is not set (or write \${${name}:-default})`)
    return ''
  })
  return complete ? filled : undefined
}

/** Only where text is expected: elsewhere `file` is a key like any other. */
function fileReference(value: Mapping, path: Path): string | undefined {
  const { file } = value
  if (typeof file !== 'string' || Object.keys(value).length !== 1) return undefined
  const nodes = nodesAt(path)
  const items = nodes.flatMap((node) => (node.items ? branches(node.items) : []))
  return acceptsText([...nodes, ...items]) ? file : undefined
}

async function read(path: string): Promise<string | { complaint: string }> {
  try {
    const facts = await stat(path)
    if (!facts.isFile()) return { complaint: 'cannot be read: it is not a file' }
    if (facts.size > MAX_FILE_BYTES) return { complaint: 'is larger than 1 MiB' }
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
  } catch (error) {
    return { complaint: `cannot be read: ${whyUnreadable(error)}` }
  }
}
