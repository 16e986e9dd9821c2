// What the validator found, in a sentence that says how to mend it. Values are never repeated.
import type { ErrorObject } from 'ajv'
import { leaves } from './leaves.ts'
import { nearest } from './near.ts'
import type { SchemaNode } from './schema-node.ts'
import { formatPath, type Mapping, type Path, valueAt } from './tree.ts'

export interface Complaint {
  readonly message: string
  readonly hint?: string | undefined
  /** Present where the key is at fault, not its value. */
  readonly part?: 'key'
}

/** Kinds and settings that other versions know; said by name, so that nobody hunts for a typing error. */
const elsewhere: readonly string[] = ['oidc', 'service', 'siblings', 'frontends']

/** The path at fault, the missing or unknown key included. */
export function pathOfError(error: ErrorObject, tree: Mapping): Path {
  const path: (string | number)[] = []
  for (const part of error.instancePath.split('/').slice(1)) {
    const step = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(valueAt(tree, path)) ? Number(step) : step)
  }
  const extra: unknown = error.params.missingProperty ?? error.params.additionalProperty
  return typeof extra === 'string' ? [...path, extra] : path
}

/** `root`: the whole schema, where a misplaced key is looked for. */
export function complaintOf(error: ErrorObject, path: Path, root: SchemaNode): Complaint {
  const node = (error.parentSchema ?? {}) as SchemaNode
  const { keyword, data } = error
  if (keyword === 'additionalProperties') return unknownKey(String(path.at(-1)), path, node, root)
  if (keyword === 'required') return missing(String(path.at(-1)), data, node)
  if (keyword === 'enum') return wrongWord(data, node.enum ?? [])
  if (node.is !== undefined) {
    const text = typeof data === 'object' ? '' : String(data)
    return { message: leaves[node.is].complaint(text) ?? 'must be text: put it in quotes' }
  }
  if (node.says !== undefined && ['anyOf', 'pattern', 'type'].includes(keyword))
    return { message: node.says }
  return { message: sentence(keyword, node) }
}

function sentence(keyword: string, node: SchemaNode): string {
  switch (keyword) {
    case 'type':
      return `must be ${typeWords(node)}`
    case 'minimum':
    case 'maximum':
      return `must be between ${node.minimum} and ${node.maximum}`
    case 'minLength':
      return node.minLength === 1
        ? 'must not be empty'
        : `must have at least ${node.minLength} characters`
    case 'minItems':
      return 'must not be empty'
    case 'minProperties':
    case 'maxProperties':
      return node.properties
        ? `must have exactly one of ${Object.keys(node.properties).join(', ')}`
        : keyword === 'minProperties'
          ? 'must not be empty'
          : 'has too many entries'
    case 'maxItems':
      return 'has too many entries'
    case 'uniqueItems':
      return 'names the same thing twice'
    default:
      return 'does not fit'
  }
}

function typeWords({ type }: SchemaNode): string {
  const words = {
    string: 'text (put a number in quotes)',
    integer: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping (key: value)',
  }
  return type === undefined ? 'something else' : words[type]
}

function wrongWord(data: unknown, words: readonly string[]): Complaint {
  const list = words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`
  if (typeof data !== 'string') return { message: `must be ${list}` }
  const later = elsewhere.find((word) => word === data)
  if (later !== undefined) return { message: `${later} is not in this version: write ${list}` }
  return { message: `must be ${list}`, hint: nearest(data, words) }
}

/** Where any name may stand, the misspelt one is no fault by itself. */
function missing(key: string, data: unknown, { properties = {} }: SchemaNode): Complaint {
  const others = Object.keys(data ?? {}).filter((name) => !Object.hasOwn(properties, name))
  const instead = nearest(key, others)
  if (instead === undefined) return { message: 'is missing', part: 'key' }
  return { message: `is missing, and there is ${instead}`, hint: key, part: 'key' }
}

function unknownKey(key: string, path: Path, node: SchemaNode, root: SchemaNode): Complaint {
  if (node.patternProperties && !node.properties) {
    return {
      message: 'is not a usable name (letters, digits, - and _; a letter first)',
      part: 'key',
    }
  }
  if (elsewhere.includes(key)) return { message: 'is not in this version', part: 'key' }
  const siblings = Object.keys(node.properties ?? {})
  const near = nearest(key, siblings)
  const hint = near ?? placesOf(key, root, []).find((place) => place !== formatPath(path))
  return { message: 'is not a known setting', hint, part: 'key' }
}

/** Where a key of this name stands among the settings that are not in a list or under a name. */
function placesOf(key: string, node: SchemaNode, path: Path): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, inner]) => [
    ...(name === key ? [formatPath([...path, name])] : []),
    ...placesOf(key, inner, [...path, name]),
  ])
}
