// The JSON Schema that editors complete and check with: ours, plus `${X}` and `{ file: … }` wherever they may stand.
import { leaves } from './leaves.ts'
import { rootNode, type SchemaNode } from './schema-node.ts'

const variable = {
  type: 'string',
  pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: shown as it is
  description: 'Filled in from the environment: `${X}` or `${X:-default}`.',
}

const file = {
  type: 'object',
  required: ['file'],
  properties: { file: { type: 'string' } },
  additionalProperties: false,
  description: 'The content of a file, relative to the configuration file.',
}

/** The text of `config/coatcheck.schema.json`. */
export function editorSchemaText(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'coatcheck.yaml',
    ...forEditors(rootNode),
    $defs: { variable, file },
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

const VARIABLE = { $ref: '#/$defs/variable' }
const FILE = { $ref: '#/$defs/file' }

function forEditors(node: SchemaNode): object {
  const { is, says: _says, anyOf, properties, patternProperties, items, ...rest } = node
  const { description, default: fallback, examples, ...shape } = rest
  const notes = {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(examples === undefined ? {} : { examples }),
  }
  if (anyOf) return { ...notes, anyOf: alternatives(anyOf.map(forEditors)) }
  if (properties ?? patternProperties) {
    return {
      ...notes,
      ...shape,
      ...(properties ? { properties: eachOf(properties) } : {}),
      ...(patternProperties ? { patternProperties: eachOf(patternProperties) } : {}),
    }
  }
  if (items) {
    const list = { ...shape, items: forEditors(items) }
    return { ...notes, anyOf: [list, VARIABLE] }
  }
  if (shape.const !== undefined) return { ...notes, ...shape }
  const pattern = is === undefined ? undefined : patternOf(is)
  const exact = { ...shape, ...(pattern === undefined ? {} : { pattern }) }
  const anyText = exact.type === 'string' && pattern === undefined
  return { ...notes, anyOf: anyText ? [exact, FILE] : [exact, VARIABLE, FILE] }
}

function eachOf(nodes: Readonly<Record<string, SchemaNode>>): object {
  return Object.fromEntries(Object.entries(nodes).map(([key, node]) => [key, forEditors(node)]))
}

/** Nested alternatives in one list, each once. */
function alternatives(nodes: readonly object[]): object[] {
  const flat = nodes.flatMap((node) => {
    const inner = 'anyOf' in node && Array.isArray(node.anyOf) ? node.anyOf : undefined
    return inner !== undefined && Object.keys(node).length === 1 ? inner : [node]
  })
  const texts = new Set(flat.map((node) => JSON.stringify(node)))
  return [...texts].map((text) => JSON.parse(text))
}

function patternOf(is: keyof typeof leaves): string | undefined {
  const leaf = leaves[is]
  return 'pattern' in leaf ? leaf.pattern : undefined
}
