// YAML whose value stands on the lines below its name, further in (YAML 1.2.2, 8.1). Pure.
import { NAME } from './name-before.ts'

/** What stands at `start` says that it does. */
export function isBlockHead(text: string, start: number): boolean {
  const head = /[|>]?[-+0-9]{0,3}[ \t]{0,8}(?:#[^\r\n]{0,200})?\r?\n/y
  head.lastIndex = start
  return head.test(text)
}

/** Of the value at `start`, whose name ends at `separator`: before the first line that is no further in. */
export function endOfBlock(text: string, separator: number, start: number): number {
  const line = text.lastIndexOf('\n', separator) + 1
  const own = separator - line > NAME ? 0 : indentAt(text, line)
  let end = text.indexOf('\n', start)
  while (end !== -1 && end < text.length) {
    const next = end + 1
    const indent = indentAt(text, next)
    const blank = /[\r\n]/.test(text[next + indent] ?? '\n')
    const item = indent === own && text.startsWith('- ', next + indent)
    if (!blank && indent <= own && !item) return end
    end = text.indexOf('\n', next)
  }
  return text.length
}

function indentAt(text: string, line: number): number {
  let at = line
  while (text[at] === ' ' || text[at] === '\t') at++
  return at - line
}
