// A source file as the checks see it: its syntax tree, and every other file or package it names.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ParserPlugin, parse } from '@babel/parser'
import {
  type File,
  isIdentifier,
  isMetaProperty,
  isStringLiteral,
  type Node,
  traverseFast,
} from '@babel/types'

export interface Source {
  /** From the checkout's top, with forward slashes. */
  readonly file: string
  readonly text: string
}

export interface Import {
  /** `undefined` where it is computed. */
  readonly specifier: string | undefined
  readonly line: number
  /** Gone when the types are stripped. `import { type A }` is not: its module is still loaded. */
  readonly typeOnly: boolean
}

/** Every code file of src in order, but for what runs in browsers. */
export function readSources(top: string): readonly Source[] {
  return globSync('src/**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}', { cwd: top })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.startsWith('src/web/'))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(top, file), 'utf8') }))
}

/** Throws a SyntaxError that names file and line. */
export function parseSource({ file, text }: Source): File {
  const plugins: ParserPlugin[] = ['typescript', 'explicitResourceManagement']
  if (file.endsWith('.tsx')) plugins.push('jsx')
  try {
    return parse(text, { sourceType: 'module', plugins, createImportExpressions: true })
  } catch (error) {
    throw new SyntaxError(`${file}: ${error instanceof Error ? error.message : error}`)
  }
}

export function lineOf(node: Node): number {
  return node.loc?.start.line ?? 0
}

/** Static, dynamic and type imports, re-exports, `require`, and `new URL('./file.ts', import.meta.url)`. */
export function importsOf(tree: File): readonly Import[] {
  const imports: Import[] = []
  const add = (at: Node, specifier: Node | null | undefined, typeOnly = false) => {
    imports.push({
      specifier: isStringLiteral(specifier) ? specifier.value : undefined,
      line: lineOf(at),
      typeOnly,
    })
  }
  traverseFast(tree, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
        add(node, node.source, node.importKind === 'type')
        break
      case 'ExportAllDeclaration':
      case 'ExportNamedDeclaration':
        if (node.source) add(node, node.source, node.exportKind === 'type')
        break
      case 'ImportExpression':
        add(node, node.source)
        break
      case 'TSImportType':
        add(node, node.argument, true)
        break
      case 'TSExternalModuleReference':
        add(node, node.expression)
        break
      case 'CallExpression':
        if (isIdentifier(node.callee, { name: 'require' })) add(node, node.arguments[0])
        break
      case 'NewExpression':
        if (isOwnFile(node.callee, node.arguments)) add(node, node.arguments[0])
    }
  })
  return imports
}

function isOwnFile(callee: Node, [path, base]: readonly Node[]): boolean {
  return (
    isIdentifier(callee, { name: 'URL' }) &&
    isStringLiteral(path) &&
    /\.[jt]sx?$/.test(path.value) &&
    base?.type === 'MemberExpression' &&
    isMetaProperty(base.object)
  )
}
