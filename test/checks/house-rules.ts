// What no file of src does: keep state in a module, reach for the process, the clock or randomness, or only pass on others' names.
import {
  type Expression,
  type File,
  isIdentifier,
  isReferenced,
  type Node,
  type Statement,
  traverse,
} from '@babel/types'
import { lineOf, parseSource, type Source } from './source.ts'

/** One line for each broken rule. */
export function houseProblems(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const tree = parseSource(source)
    const found: Array<readonly [line: number, problem: string]> = [
      ...stateProblems(tree.program.body),
      ...reachProblems(tree, source.file),
    ]
    if (isBarrel(tree.program.body)) found.push([1, 'only passes on what other files export'])
    if (/(^|\/|-)(utils?|helpers?)(\/|\.|$)/.test(source.file)) {
      found.push([1, 'is named for nothing in particular'])
    }
    return found.map(([line, problem]) => `${source.file}:${line}: ${problem}`)
  })
}

type Found = readonly [line: number, problem: string]

function isBarrel(body: readonly Statement[]): boolean {
  const passesOn = body.some((node) => node.type.startsWith('Export'))
  return passesOn && body.every((node) => isImport(node) || isBareExport(node))
}

function isImport(node: Statement): boolean {
  return node.type === 'ImportDeclaration'
}

function isBareExport(node: Statement): boolean {
  if (node.type === 'ExportNamedDeclaration') return !node.declaration
  return node.type === 'ExportAllDeclaration'
}

/** `let`, and constants that hold something that changes, at the top of a module or as a class's static. */
function stateProblems(body: readonly Statement[]): Found[] {
  return body.flatMap((statement): Found[] => {
    const node =
      statement.type === 'ExportNamedDeclaration' && statement.declaration
        ? statement.declaration
        : statement
    if (node.type === 'ClassDeclaration') {
      return node.body.body.flatMap((member): Found[] => {
        const isStatic =
          (member.type === 'ClassProperty' || member.type === 'ClassPrivateProperty') &&
          member.static === true
        if (!isStatic || !holdsState(member.value, member.typeAnnotation)) return []
        return [[lineOf(member), 'keeps state in a static']]
      })
    }
    if (node.type !== 'VariableDeclaration' || node.declare) return []
    if (node.kind === 'let' || node.kind === 'var') {
      return [[lineOf(node), `declares a module-level ${node.kind}`]]
    }
    return node.declarations.flatMap((one): Found[] => {
      const annotation = isIdentifier(one.id) ? one.id.typeAnnotation : undefined
      if (!holdsState(one.init, annotation)) return []
      return [[lineOf(one), 'keeps module-level state: hold it in a function, or type it readonly']]
    })
  })
}

const HOLDERS =
  /^(Weak)?(Map|Set)$|Cache$|^(Agent|Pool|EventEmitter|EventTarget|AsyncLocalStorage)$/

function holdsState(init: Expression | null | undefined, annotation: Node | null | undefined) {
  let value = init
  let type = annotation?.type === 'TSTypeAnnotation' ? annotation.typeAnnotation : undefined
  while (value?.type === 'TSAsExpression' || value?.type === 'TSSatisfiesExpression') {
    if (value.type === 'TSAsExpression') type ??= value.typeAnnotation
    value = value.expression
  }
  if (type && isReadonly(type)) return false
  if (value?.type === 'NewExpression') {
    return isIdentifier(value.callee) && HOLDERS.test(value.callee.name)
  }
  if (value?.type === 'ArrayExpression') return true
  return value?.type === 'ObjectExpression' && value.properties.length === 0
}

function isReadonly(type: Node): boolean {
  if (type.type === 'TSTypeOperator') return type.operator === 'readonly'
  if (type.type !== 'TSTypeReference' || !isIdentifier(type.typeName)) return false
  return /^(const|Readonly(Set|Map|Array)?)$/.test(type.typeName.name)
}

const RANDOM = /^(random(Bytes|Int|UUID|Fill|FillSync)|getRandomValues|randombytes_\w+)$/

function reachProblems(tree: File, file: string): Found[] {
  const mayTouchProcess = /^src\/(main\.ts|node-version\.cjs|cli\/.+)$/.test(file)
  const isClock = file === 'src/lib/clock.ts'
  const isRandom = file === 'src/lib/random.ts'
  const found: Found[] = []
  traverse(tree, (node, ancestors) => {
    const parent = ancestors.at(-1)?.node
    if (!mayTouchProcess && reachesProcess(node, parent)) {
      found.push([lineOf(node), 'touches the process'])
    }
    if (!isClock && readsClock(node)) found.push([lineOf(node), 'reads the clock'])
    if (!isRandom && drawsRandomness(node)) found.push([lineOf(node), 'draws randomness'])
  })
  return found
}

function reachesProcess(node: Node, parent: Node | undefined): boolean {
  if (node.type === 'ImportDeclaration') return /^(node:)?process$/.test(node.source.value)
  if (isMember(node, 'globalThis', 'process')) return true
  return isIdentifier(node, { name: 'process' }) && !!parent && isReferenced(node, parent)
}

function readsClock(node: Node): boolean {
  if (isMember(node, 'Date', 'now') || isMember(node, 'performance', 'now')) return true
  if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return false
  return isIdentifier(node.callee, { name: 'Date' }) && node.arguments.length === 0
}

function drawsRandomness(node: Node): boolean {
  if (isMember(node, 'Math', 'random')) return true
  if (node.type === 'ImportSpecifier') {
    return isIdentifier(node.imported) && RANDOM.test(node.imported.name)
  }
  return (
    node.type === 'MemberExpression' &&
    isIdentifier(node.property) &&
    RANDOM.test(node.property.name)
  )
}

function isMember(node: Node, object: string, property: string): boolean {
  return (
    (node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression') &&
    isIdentifier(node.object, { name: object }) &&
    isIdentifier(node.property, { name: property })
  )
}
