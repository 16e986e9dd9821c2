// The forms, fields and meta elements of a page, as a browser would find them: none of a comment or a script. Pure, and
// in a time that grows as the page does.
import { withoutEntities } from '../../lib/entities.ts'

export interface Tag {
  /** In small letters; `/form` for its end. */
  readonly name: string
  readonly attributes: Attributes
}

/** Names in small letters; an attribute without a value has an empty one. */
export type Attributes = Readonly<Record<string, string | undefined>>

/** Those that say what a form sends, in their order. */
export function tagsIn(html: string): Tag[] {
  const tags: Tag[] = []
  const starts = /<(?:!--|(\/?[a-z][^\s/>]*))/gi
  for (let found = starts.exec(html); found; found = starts.exec(html)) {
    const name = found[1]?.toLowerCase()
    const end = name === undefined ? html.indexOf('-->', found.index) : endOfTag(html, starts)
    // What has no end is no tag, and nothing after it is one.
    if (end < 0) break
    if (name !== undefined && WANTED.has(name)) {
      tags.push({ name, attributes: attributesIn(html.slice(starts.lastIndex, end)) })
    }
    const after = name !== undefined && RAW.has(name) ? endOfRaw(html, name, end) : end
    if (after < 0) break
    starts.lastIndex = after
  }
  return tags
}

const WANTED: ReadonlySet<string> = new Set(['form', '/form', 'input', 'meta'])
/** What stands within is no part of the page. */
const RAW: ReadonlySet<string> = new Set(['script', 'style', 'template', 'textarea', 'title'])
const ATTRIBUTE = /([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g

/** Its `>`, none of which is in the quotes of a value; -1 where there is none. */
function endOfTag(html: string, { lastIndex }: RegExp): number {
  let quote = ''
  let before = ''
  for (let at = lastIndex; at < html.length; at++) {
    const character = html[at] ?? ''
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '>') return at
    else if (before === '=' && (character === '"' || character === "'")) quote = character
    if (character.trim() !== '') before = character
  }
  return -1
}

function endOfRaw(html: string, name: string, from: number): number {
  const end = new RegExp(`</${name}\\b`, 'gi')
  end.lastIndex = from
  return end.exec(html)?.index ?? -1
}

function attributesIn(text: string): Attributes {
  const found = [...text.matchAll(ATTRIBUTE)].map(([, name = '', ...values]) => {
    const value = values.find((one) => one !== undefined) ?? ''
    return [name.toLowerCase(), withoutEntities(value)] as const
  })
  // The first of a name counts (HTML, 13.2.5.33).
  return Object.fromEntries(found.toReversed())
}
