// What is made from the sources and kept in the checkout all the same: files, and regions of the docs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { editorSchemaText } from '../../src/config/editor-schema.ts'
import { optionsTable } from '../../src/config/options-table.ts'
import type { Page } from './page.ts'

/** What makes a text, by the text's name. */
export type Generators = Readonly<Record<string, () => string>>

/** By file, from the checkout's top. */
export const files: Generators = { 'config/coatcheck.schema.json': editorSchemaText }

/** By region: what stands between `<!-- name:start -->` and `<!-- name:end -->`. */
export const regions: Generators = { options: optionsTable }

const REGION = /<!-- ([\w-]+):start -->\n([\s\S]*?)<!-- \1:end -->/g
const MEND = 'is stale: npm run generate'

export function staleFiles(top: string, generators: Generators): string[] {
  return Object.keys(generators)
    .filter((file) => textAt(join(top, file)) !== generators[file]?.())
    .map((file) => `${file}: ${MEND}`)
}

export function staleRegions({ file, text }: Page, generators: Generators): string[] {
  const found = [...text.matchAll(REGION)]
  const marks = text.match(/<!-- [\w-]+:(start|end) -->/g) ?? []
  const problems = found.flatMap(([region, name = '']) => {
    if (!Object.hasOwn(generators, name)) return [`nothing generates the region ${name}`]
    return freshRegions(region, generators) === region ? [] : [`the region ${name} ${MEND}`]
  })
  if (marks.length !== 2 * found.length) problems.push('a generated region lacks its start or end')
  return problems.map((problem) => `${file}: ${problem}`)
}

/** Text with every region as its generator says. */
export function freshRegions(text: string, generators: Generators): string {
  return text.replace(REGION, (region: string, name: string) => {
    const generate = Object.hasOwn(generators, name) ? generators[name] : undefined
    if (!generate) return region
    return `<!-- ${name}:start -->\n\n${generate().trim()}\n\n<!-- ${name}:end -->`
  })
}

/** Writes the files whose text differs, and returns their names. */
export function writeStale(top: string, texts: Generators): string[] {
  const stale = Object.keys(texts).filter((file) => textAt(join(top, file)) !== texts[file]?.())
  for (const file of stale) writeFileSync(join(top, file), texts[file]?.() ?? '')
  return stale
}

function textAt(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
