// Tables as text (RFC 4180, or with tabs or semicolons): what stands in a column whose head is a secret's name. Pure.

/** What may stand before the head: empty lines, and what tells Excel the separator. */
const BEFORE_HEAD = /^\ufeff?(?:[ \t]*\r?\n)*(?:sep=[,;\t]\r?\n)?/i

export function hideColumns(
  text: string,
  isSecretName: (name: string) => boolean,
  hide: (name: string, value: string) => string,
): string {
  const head = BEFORE_HEAD.exec(text)?.[0].length ?? 0
  const between = /[,;\t\n]/.exec(text.slice(head))?.[0] ?? ','
  const names: string[] = []
  let column = 0
  let isHead = true
  let out = ''
  let from = 0
  const piece = new RegExp(
    `"[^"]*(?:""[^"]*)*"?|\\r?\\n|${between}|[^"${between}\\r\\n][^${between}\\r\\n]*`,
    'g',
  )
  piece.lastIndex = head
  for (let hit = piece.exec(text); hit; hit = piece.exec(text)) {
    const [found] = hit
    if (found === between && between !== '\n') column++
    else if (found.endsWith('\n') && found.trim() === '') {
      column = 0
      isHead = false
    } else if (isHead) names[column] = found.replaceAll('"', '').trim()
    else {
      const name = names[column]
      if (name === undefined || !isSecretName(name)) continue
      const value = found.startsWith('"') ? found.slice(1, -1).replaceAll('""', '"') : found
      out += text.slice(from, hit.index) + hide(name, value)
      from = piece.lastIndex
    }
  }
  return out + text.slice(from)
}
