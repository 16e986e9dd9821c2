// The code of docs/frontend.md, as whoever copies it gets it.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const top = fileURLToPath(new URL('../../..', import.meta.url))

/** The blocks of one language below one heading, in order. */
export function codeUnder(heading: string, language: string): readonly string[] {
  const text = readFileSync(`${top}docs/frontend.md`, 'utf8')
  const section = text.split(/^## /m).find((part) => part.startsWith(heading))
  if (section === undefined) throw new Error(`docs/frontend.md has no heading ${heading}`)
  const blocks = [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
  return blocks.filter(([, lang]) => lang === language).map(([, , code = '']) => code)
}
