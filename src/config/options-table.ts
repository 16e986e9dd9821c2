// The option table of the docs, one row per setting, from the schema alone.
import { leaves } from './leaves.ts'
import { branches, rootNode, type SchemaNode } from './schema-node.ts'

/** Markdown: setting, what it takes, default, meaning; in the order of the schema. */
export function optionsTable(): string {
  const head = ['| setting | takes | default | meaning |', '|---|---|---|---|']
  const lines = rows(rootNode, '').map((cells) => `| ${cells.map(cell).join(' | ')} |`)
  return `${[...head, ...lines].join('\n')}\n`
}

type Row = readonly [setting: string, takes: string, fallback: string, meaning: string]

function rows(node: SchemaNode, prefix: string): Row[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, inner]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`
    const own: Row[] = isGroup(inner) ? [] : [row(path, inner)]
    const required = node.required?.includes(key) === true && own[0] ? [needed(own[0])] : own
    return [...required, ...below(inner, path)]
  })
}

function below(node: SchemaNode, path: string): Row[] {
  return branches(node).flatMap((branch) => {
    // Alternatives such as `{ pointer }` are told in the row of the setting itself.
    if (node.anyOf && !branch.description && branch.type === 'object') return []
    const named = Object.values(branch.patternProperties ?? {})
    if (branch.properties) return rows(branch, path)
    if (branch.items && !node.anyOf) return rows(branch.items, `${path}[]`)
    return named.flatMap((inner) => rows(inner, `${path}.<name>`))
  })
}

function isGroup(node: SchemaNode): boolean {
  return node.properties !== undefined
}

function row(path: string, node: SchemaNode): Row {
  const fallback = node.default === undefined ? '' : code(shown(node.default))
  const example = node.examples?.[0]
  const meaning = node.description ?? ''
  return [
    code(path),
    takes(node),
    fallback,
    example ? `${meaning} Example: ${code(example)}.` : meaning,
  ]
}

function needed([setting, kind, , meaning]: Row): Row {
  return [setting, kind, 'required', meaning]
}

function takes(node: SchemaNode): string {
  const words = branches(node).map((branch) => {
    if (branch.enum) return branch.enum.map(code).join(', ')
    if (branch.is) return leaves[branch.is].word
    if (branch.const !== undefined) return code(String(branch.const))
    if (branch.type === 'integer') return `${branch.minimum}–${branch.maximum}`
    if (branch.type === 'boolean') return '`true`, `false`'
    if (branch.type === 'array') return 'list'
    return branch.type === 'object' ? 'mapping' : 'text'
  })
  return [...new Set(words)].join(' or ')
}

function shown(value: unknown): string {
  if (!Array.isArray(value)) return String(value)
  return value.length === 0 ? '[]' : value.join(', ')
}

function code(text: string): string {
  return `\`${text}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
