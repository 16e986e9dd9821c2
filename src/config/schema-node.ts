// The schema as a tree to walk: which settings may stand at a path, and what they accept.
import { type Leaf, type LeafName, leaves } from './leaves.ts'
import { fileSchema } from './schema.ts'
import type { Path } from './tree.ts'

export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean'
  readonly is?: LeafName
  readonly says?: string
  readonly enum?: readonly string[]
  readonly const?: unknown
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly minLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly string[]
}

// The builder's own types say nothing about the plain JSON Schema that it builds.
export const rootNode = fileSchema as unknown as SchemaNode

/** Every node that may stand at `path`; none where the path is unknown. */
export function nodesAt(path: Path): SchemaNode[] {
  let nodes = branches(rootNode)
  for (const step of path) nodes = nodes.flatMap((node) => child(node, step)).flatMap(branches)
  return nodes
}

/** The node itself, or its alternatives. */
export function branches(node: SchemaNode): SchemaNode[] {
  return node.anyOf ? node.anyOf.flatMap(branches) : [node]
}

export function acceptsText(nodes: readonly SchemaNode[]): boolean {
  return nodes.some((node) => node.type === 'string' || node.enum !== undefined)
}

/** What may stand at `node` while its real value is faulty; `undefined` where nothing is better. */
export function standIn(node: SchemaNode | undefined): string | undefined {
  const leaf: Leaf | undefined = node?.is && leaves[node.is]
  return leaf?.standIn
}

/** Turns text from outside (a variable) into what stands there: a number, yes or no, a list. */
export function fromText(
  text: string,
  nodes: readonly SchemaNode[],
): string | number | boolean | string[] {
  const accepts = (type: SchemaNode['type']) => nodes.some((node) => node.type === type)
  if (acceptsText(nodes)) return text
  if (accepts('integer') && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (accepts('boolean') && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  const items = nodes.flatMap((node) => (node.items ? branches(node.items) : []))
  if (acceptsText(items)) {
    const parts = text.split(',').map((part) => part.trim())
    return parts.filter((part) => part !== '')
  }
  return text
}

function child(node: SchemaNode, step: string | number): SchemaNode[] {
  if (typeof step === 'number') return node.items ? [node.items] : []
  const named =
    node.properties && Object.hasOwn(node.properties, step) ? node.properties[step] : undefined
  if (named) return [named]
  return Object.entries(node.patternProperties ?? {})
    .filter(([pattern]) => new RegExp(pattern).test(step))
    .map(([, inner]) => inner)
}
