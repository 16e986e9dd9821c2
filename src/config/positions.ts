// YAML in; plain values out, and the line and column of each.

import type { Document, Pair, YAMLError } from 'yaml'
import { isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Path, Value } from './tree.ts'
import { slipBefore } from './unclosed.ts'

export interface Spot {
  readonly line: number
  readonly col: number
}

export interface YamlText {
  readonly value: Value
  /** The nearest spot to what `path` names, and whether all of `path` is written there. */
  at(path: Path, part: 'key' | 'value'): { readonly spot: Spot; readonly complete: boolean }
}

export type ParsedYaml =
  | { readonly ok: true; readonly yaml: YamlText }
  | { readonly ok: false; readonly faults: readonly { spot: Spot; message: string }[] }

/** Never throws, whatever the text. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter()
  const spotOf = (offset: number): Spot => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), col: Math.max(col, 1) }
  }
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      // The library's pretty errors quote the line, which may hold a secret.
      prettyErrors: false,
      stringKeys: true,
      // `<<: *other`, which the library would take for a key like any other.
      merge: true,
      // Not `silent`, which would also keep quiet about a second document.
      logLevel: 'error',
    })
    const wrong: YAMLError[] = [...document.errors, ...document.warnings]
    if (wrong.length > 0) {
      const told = withoutEchoes(wrong).map((fault) => {
        const at = fault.pos[0]
        const spot = spotOf(at)
        const line = text.split('\n')[spot.line - 1] ?? ''
        const unquoted = whatIsUnquoted(fault, line)
        if (unquoted !== undefined)
          return { spot, message: `between braces or brackets, ${unquoted}` }
        const slip = independent.has(fault.code) ? undefined : slipBefore(text, at)
        if (slip) return { spot: spotOf(slip.offset), message: slip.message }
        return { spot, message: words(fault) }
      })
      return { ok: false, faults: told }
    }
    const value: Value = document.toJS({ maxAliasCount: 100 }) ?? {}
    return { ok: true, yaml: { value, at: (path, part) => locate(document, path, part, spotOf) } }
  } catch {
    const message =
      'the file is nested too deeply, repeats itself too often, or has a << that is no mapping'
    return { ok: false, faults: [{ spot: { line: 1, col: 1 }, message }] }
  }
}

/** Faults in a file that is read aright otherwise. */
const independent: ReadonlySet<string> = new Set([
  'DUPLICATE_KEY',
  'TAG_RESOLVE_FAILED',
  'BAD_ALIAS',
])

/** After the first slip in its syntax a file is read askew, and the rest of the complaints are noise. */
function withoutEchoes(faults: readonly YAMLError[]): YAMLError[] {
  const first = faults.find(({ code }) => !independent.has(code))
  return faults.filter((fault) => fault === first || (!first && independent.has(fault.code)))
}

function whatIsUnquoted({ code }: YAMLError, line: string): string | undefined {
  if (code === 'DUPLICATE_KEY') return undefined
  // biome-ignore lint/suspicious/noTemplateCurlyInString: shown as it is
  if (/[{[].*[^"'\w]\$\{/.test(line)) return '${X} needs quotes: "${X}"'
  const bare = line.replaceAll(/"[^"]*"|'[^']*'/g, '')
  return /[{[].*[\w/-]\{\w/.test(bare) ? 'text with a { in it needs quotes around it' : undefined
}

function words({ code }: YAMLError): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'the same key is written twice in one mapping'
    case 'BAD_INDENT':
    case 'TAB_AS_INDENT':
      return 'the indentation does not fit (spaces only, the same within one mapping)'
    case 'MISSING_CHAR':
      return 'a closing quote, bracket, brace, or a comma or colon is missing'
    case 'BAD_ALIAS':
    case 'ALIAS_PROPS':
      return 'this alias has no anchor in front of it'
    case 'MULTIPLE_DOCS':
      return 'one file holds one configuration (a second document starts here)'
    case 'NON_STRING_KEY':
      return 'a key must be text'
    case 'BAD_SCALAR_START':
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return 'this is not YAML: does the text need quotes?'
    case 'TAG_RESOLVE_FAILED':
      return 'tags (!…) are not used here'
    default:
      return 'this is not YAML'
  }
}

function locate(
  document: Document.Parsed,
  path: Path,
  part: 'key' | 'value',
  spotOf: (offset: number) => Spot,
) {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const step of path) {
    const holder = isAlias(node) ? node.resolve(document) : node
    let inner: unknown
    if (isMap(holder)) {
      const pair = holder.items.find((item: Pair) => keyOf(item) === String(step))
      if (pair === undefined) return { spot: spotOf(offset), complete: false }
      offset = startOf(pair.key) ?? offset
      inner = pair.value
    } else if (isSeq(holder) && holder.items[Number(step)] !== undefined) {
      inner = holder.items[Number(step)]
      offset = startOf(inner) ?? offset
    } else {
      return { spot: spotOf(offset), complete: false }
    }
    node = inner
  }
  // The value of a block starts a line below its key, where nobody would look for it.
  const isBlock = isCollection(node) && node.flow !== true
  if (part === 'value' && !isBlock) offset = startOf(node) ?? offset
  return { spot: spotOf(offset), complete: true }
}

function keyOf(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined
}

function startOf(node: unknown): number | undefined {
  if (!isScalar(node) && !isCollection(node) && !isAlias(node)) return undefined
  // An empty value has a range after its key; the key is the better place.
  if (isScalar(node) && node.value === null) return undefined
  return node.range?.[0]
}
