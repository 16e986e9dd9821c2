// The shape of a file: every complaint in words, and what is left when the faulty parts are taken out.
import { Ajv, type ErrorObject } from 'ajv'
import { type LeafName, leaves } from './leaves.ts'
import type { Problems } from './problems.ts'
import { type ConfigFile, fileSchema } from './schema.ts'
import { type SchemaNode, standIn } from './schema-node.ts'
import { complaintOf, pathOfError } from './shape-words.ts'
import { formatPath, isMapping, type Mapping, type Path, valueAt } from './tree.ts'

const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictRequired: false })
ajv.addKeyword({
  keyword: 'is',
  type: 'string',
  schemaType: 'string',
  validate: (is: LeafName, text: string) => leaves[is].complaint(text) === undefined,
})
ajv.addKeyword({ keyword: 'says', schemaType: 'string' })

/** Reports into `problems`, and takes out of `tree` whatever keeps the rest from being looked at. */
export const checkShape = shapeCheck<ConfigFile>(fileSchema)

/** The same for files of another shape, whose every setting may be missing once faulty parts are taken out. */
export function shapeCheck<File extends object>(
  schema: object,
): (tree: Mapping, problems: Problems) => Partial<File> {
  const fits = ajv.compile<File>(schema)
  // The builder's own types say nothing about the plain JSON Schema that it builds.
  const root = schema as SchemaNode
  return (tree, problems) => {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (fits(tree)) return tree
      const errors = relevant(fits.errors ?? [])
      // What is taken out leaves gaps that nobody wrote: only the first look is reported.
      if (round === 0) report(errors, tree, problems, root)
      takeOut(errors, tree)
    }
    return {}
  }
}

const MAX_ROUNDS = 20

function report(
  errors: readonly ErrorObject[],
  tree: Mapping,
  problems: Problems,
  root: SchemaNode,
): void {
  const complaints = errors.map((error) => {
    const path = pathOfError(error, tree)
    return { ...complaintOf(error, path, root), path, missing: error.keyword === 'required' }
  })
  const misspelt = complaints.flatMap(({ path, hint, part, missing }) =>
    part === 'key' && hint !== undefined && !missing
      ? [formatPath([...path.slice(0, -1), hint])]
      : [],
  )
  for (const { path, message, hint, part, missing } of complaints) {
    const told = problems.at(path) || (missing && misspelt.includes(formatPath(path)))
    if (!told) problems.add(path, message, { hint, ...(part ? { part } : {}) })
  }
}

/** One error per fault: of alternatives the one that was meant, and nothing inside a kind we do not know. */
function relevant(errors: readonly ErrorObject[]): ErrorObject[] {
  const dropped = new Set<ErrorObject>()
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf')
  for (const union of unions.toSorted((a, b) => a.schemaPath.length - b.schemaPath.length)) {
    if (dropped.has(union)) continue
    const root = `${union.schemaPath}/`
    const inside = errors.filter(
      (error) =>
        error.schemaPath.startsWith(root) && error.instancePath.startsWith(union.instancePath),
    )
    const branchOf = (error: ErrorObject) => error.schemaPath.slice(root.length).split('/')[0] ?? ''
    const wrongType = (error: ErrorObject) =>
      error.instancePath === union.instancePath && ['type', 'const'].includes(error.keyword)
    const ruledOut = new Set(inside.filter(wrongType).map(branchOf))
    const meant = new Set(inside.map(branchOf).filter((branch) => !ruledOut.has(branch)))
    if (meant.size === 1) {
      dropped.add(union)
      for (const error of inside) if (!meant.has(branchOf(error))) dropped.add(error)
    } else {
      for (const error of inside) dropped.add(error)
    }
  }
  const kept = errors.filter((error) => !dropped.has(error))
  const unknownKinds = kept
    .filter(({ instancePath, keyword }) => keyword === 'enum' && instancePath.endsWith('/kind'))
    .map(({ instancePath }) => instancePath.slice(0, -'/kind'.length))
  return kept.filter(
    (error) =>
      (error.keyword === 'enum' && error.instancePath.endsWith('/kind')) ||
      !unknownKinds.some((holder) => `${error.instancePath}/`.startsWith(`${holder}/`)),
  )
}

function takeOut(errors: readonly ErrorObject[], tree: Mapping): void {
  // All are found before any is changed: taking one out of a list moves the others.
  for (const change of errors.map((error) => changeFor(error, tree))) change()
}

function changeFor(error: ErrorObject, tree: Mapping): () => void {
  const path = pathOfError(error, tree)
  const missing = error.keyword === 'required'
  const node = missing ? error.parentSchema?.properties[path.at(-1) ?? ''] : error.parentSchema
  const instead = standIn(node)
  // What is missing cannot be taken out; what lacks it can.
  let target = missing && instead === undefined ? path.slice(0, -1) : path
  while (target.length > 0 && isPlainItem(tree, target)) target = target.slice(0, -1)
  const holder = valueAt(tree, target.slice(0, -1))
  const value = valueAt(tree, target)
  const last = target.at(-1)
  return () => {
    if (last === undefined) for (const key of Object.keys(tree)) delete tree[key]
    else if (isMapping(holder) && instead !== undefined) holder[last] = instead
    else if (isMapping(holder)) delete holder[last]
    else if (Array.isArray(holder) && isMapping(value)) {
      const index = holder.indexOf(value)
      if (index >= 0) holder.splice(index, 1)
    }
  }
}

/** Mappings in a list are told apart by what they are; anything else goes with its whole list. */
function isPlainItem(tree: Mapping, path: Path): boolean {
  return Array.isArray(valueAt(tree, path.slice(0, -1))) && !isMapping(valueAt(tree, path))
}
