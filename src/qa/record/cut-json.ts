// JSON whose end is missing, with what is needed to read the rest of it. Pure.

/** `cut`, closed; without its last member where that cannot be told. What is no JSON comes back as none. */
export function completed(cut: string): string {
  const open: string[] = []
  let safe = 0
  let tail = ''
  const mark = /["[\]{},]/g
  for (let hit = mark.exec(cut); hit; hit = mark.exec(cut)) {
    const at = hit.index
    if (hit[0] === '"') {
      const end = endOfString(cut, at + 1)
      if (end === -1) {
        if (isValue(cut, at, open.at(-1))) tail = `${withoutHalfEscape(cut.slice(safe))}"`
        break
      }
      mark.lastIndex = end
    } else if (hit[0] === ',') {
      safe = at
    } else {
      if (hit[0] === '{') open.push('}')
      else if (hit[0] === '[') open.push(']')
      else open.pop()
      safe = at + 1
    }
  }
  return cut.slice(0, safe) + tail + open.toReversed().join('')
}

function isValue(text: string, quote: number, closing: string | undefined): boolean {
  const before = text
    .slice(Math.max(0, quote - 64), quote)
    .trimEnd()
    .at(-1)
  return before === ':' || (closing === ']' && (before === ',' || before === '['))
}

function withoutHalfEscape(text: string): string {
  const half = text.slice(-6).search(/\\(?:u[0-9a-fA-F]{0,3})?$/)
  if (half === -1) return text
  let first = text.length - Math.min(6, text.length) + half
  const end = first
  while (first > 0 && text[first - 1] === '\\') first--
  return (end - first) % 2 === 0 ? text.slice(0, end) : text
}

function endOfString(text: string, start: number): number {
  const mark = /["\\]/g
  mark.lastIndex = start
  for (let hit = mark.exec(text); hit; hit = mark.exec(text)) {
    if (hit[0] === '"') return hit.index + 1
    mark.lastIndex = hit.index + 2
  }
  return -1
}
