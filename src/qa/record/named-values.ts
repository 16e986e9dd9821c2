// Finds values that stand under a name in a text of any kind: JSON, whole or broken, forms, YAML, XML, HTML, GraphQL,
// mail headers, prose. One pass: what was looked at as a value or a tag is not looked at again. Pure.
import { nameBefore } from './name-before.ts'
import { NAMING_ELEMENTS, namedBeside } from './named-beside.ts'
import { isNamingName, isValueName } from './pair-names.ts'
import { partAfter, shortValueAt, valueAfter } from './value-after.ts'
import { endOfElement, endOfTag, stopOf } from './value-ends.ts'

export interface NamedValues {
  isSecretName(name: string): boolean
  /** What stands in the place of a value. */
  hide(name: string, value: string): string
}

/** How far behind the name that a value tells another may stand: `name: password, value: …`. */
const BESIDE = 256

const SEPARATOR = /[=:<]/g

export function hideNamed(text: string, { isSecretName, hide }: NamedValues): string {
  let out = ''
  /** What is written out already. */
  let from = 0
  let tagEnd = 0
  /** Until here what is a value by its name belongs to a secret's name. */
  let pair = { name: '', until: -1 }
  /** Of an element, behind its tag: what stands within the tag comes first. */
  let content = { name: '', start: 0, end: 0 }
  const separator = new RegExp(SEPARATOR)
  const replace = (start: number, end: number, name: string) => {
    out += text.slice(from, start) + hide(name, text.slice(start, end))
    from = end
    separator.lastIndex = end
  }

  const replaceContent = () => {
    const { name, end } = content
    const start = Math.max(content.start, from)
    content = { name: '', start: 0, end: 0 }
    if (start < end && /\S/.test(text.slice(start, end))) replace(start, end, name)
  }

  for (;;) {
    const hit = separator.exec(text)
    const at = hit?.index ?? text.length
    if (content.end > 0 && at >= content.start) {
      separator.lastIndex = at
      replaceContent()
      continue
    }
    if (!hit) break
    if (hit[0] === '<') {
      if (at < tagEnd) continue
      const tag = endOfTag(text, at)
      if (tag === undefined) continue
      tagEnd = tag.end
      const named = tag.attributes.find(
        ([name, value]) => isNamingName(name) && isSecretName(value),
      )
      if (named) pair = { name: named[1], until: tag.end }
      if (!tag.closes) continue
      const beside =
        content.end === 0 && NAMING_ELEMENTS.has(tag.name.toLowerCase())
          ? namedBeside(text, tag.end)
          : undefined
      if (beside && isSecretName(beside.name)) {
        content = beside
      } else if (isSecretName(tag.name)) {
        content = { name: tag.name, start: tag.end, end: endOfElement(text, tag.end, tag.name) }
      } else if (named) {
        content = { name: named[1], start: tag.end, end: stopOf(text, tag.end, /</g) }
      }
      continue
    }
    if (text.startsWith('//', at + 1) && hit[0] === ':') continue
    const name = nameBefore(text, at, from, at < tagEnd)
    if (name === undefined) continue
    const naming = isNamingName(name.word)
    const told = naming ? shortValueAt(text, at) : ''
    const tells = naming && isSecretName(told)
    const secret = isSecretName(name.text) && !tells ? name.text : undefined
    const beside = at < pair.until && isValueName(name.word) ? pair.name : undefined
    const under = secret ?? beside
    if (under !== undefined) {
      const value = valueAfter(text, at, name.quoted, at < tagEnd)
      replace(value.start, value.end, under)
    } else if (tells) {
      if (at >= tagEnd) pair = { name: told, until: at + told.length + BESIDE }
      const part = partAfter(text, text.indexOf(told, at) + told.length)
      if (part) replace(part.start, part.end, told)
    }
  }
  return from === 0 ? text : out + text.slice(from)
}
