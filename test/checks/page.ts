// A page of the docs as its check sees it: anchors, links, words in code, and sh blocks with how each is checked.
import GithubSlugger from 'github-slugger'
import { lexer, type Token } from 'marked'

export interface Page {
  /** From the checkout's top, with forward slashes. */
  readonly file: string
  readonly text: string
  readonly anchors: ReadonlySet<string>
  readonly links: readonly Placed[]
  /** Inline code, as written. */
  readonly words: readonly Placed[]
  readonly blocks: readonly Block[]
  /** What is wrong with the marks above blocks. */
  readonly problems: readonly string[]
}

export interface Placed {
  readonly line: number
  readonly text: string
}

export interface Block extends Placed {
  /** run: to its end, with success · start: until it is told to stop · none: for the reason given. */
  readonly check: 'run' | 'start' | 'none'
}

const MARK = /^<!--\s*check:\s*(.*?)\s*-->$/
const CHECK = /^(?:(run|start)|(none):\s*\S.*)$/
const OTHER_SHELLS: ReadonlySet<string> = new Set(['bash', 'shell', 'console', 'zsh'])

export function readPage(file: string, text: string): Page {
  const anchors = new Set<string>()
  const links: Placed[] = []
  const words: Placed[] = []
  const blocks: Block[] = []
  const problems: string[] = []
  const slugger = new GithubSlugger()

  /** Visits tokens that stand one after the other in `source`, which begins at line `first`. */
  function visit(tokens: readonly Token[], source: string, first: number): void {
    let mark: Placed | undefined
    let from = 0
    for (const token of tokens) {
      from = Math.max(from, source.indexOf(firstLine(token.raw), from))
      const line = first + count(source.slice(0, from), '\n')
      if (token.type === 'space') continue
      const next = readMark(token, line)
      if (token.type === 'code') visitCode(token.lang ?? '', token.text, line, mark)
      else if (mark) complain(mark.line, 'no sh block follows this mark')
      mark = next

      if (token.type === 'heading') anchors.add(slugger.slug(plainText(token)))
      if (token.type === 'link' || token.type === 'image') links.push({ line, text: token.href })
      if (token.type === 'codespan') words.push({ line, text: token.text })
      if (token.type === 'html') visitHtml(token.text, line)
      for (const inner of tokensIn(token)) visit(inner, token.raw, line)
      from += firstLine(token.raw).length
    }
    if (mark) complain(mark.line, 'no sh block follows this mark')
  }

  function visitCode(info: string, code: string, line: number, mark: Placed | undefined): void {
    const lang = info.split(/\s/)[0] ?? ''
    if (OTHER_SHELLS.has(lang)) complain(line, `commands stand in sh blocks, not ${lang}`)
    if (lang !== 'sh') {
      if (mark) complain(mark.line, 'no sh block follows this mark')
      return
    }
    const found = CHECK.exec(mark?.text ?? '')
    const check = found?.[1] ?? found?.[2]
    if (check === 'run' || check === 'start' || check === 'none') {
      blocks.push({ line, text: code, check })
    } else {
      complain(line, 'a sh block needs <!-- check: run -->, start, or none: and why, right above')
    }
  }

  function visitHtml(html: string, line: number): void {
    for (const [, name, value = ''] of html.matchAll(/\b(href|src|id|name)="([^"]*)"/g)) {
      if (name === 'id' || name === 'name') anchors.add(value)
      else links.push({ line, text: value })
    }
  }

  function complain(line: number, problem: string): void {
    problems.push(`${file}:${line}: ${problem}`)
  }

  visit(lexer(text), text, 1)
  return { file, text, anchors, links, words, blocks, problems }
}

function readMark(token: Token, line: number): Placed | undefined {
  const found = token.type === 'html' ? MARK.exec(token.raw.trim()) : undefined
  return found ? { line, text: found[1] ?? '' } : undefined
}

function tokensIn(token: Token): ReadonlyArray<readonly Token[]> {
  if (token.type === 'list') return token.items.map((item: { tokens: Token[] }) => item.tokens)
  if (token.type === 'table') {
    const cells: Array<{ tokens: Token[] }> = [...token.header, ...token.rows.flat()]
    return cells.map((cell) => cell.tokens)
  }
  return 'tokens' in token && token.tokens ? [token.tokens] : []
}

function plainText(token: Token): string {
  const inner = tokensIn(token).flat()
  if (inner.length > 0) return inner.map(plainText).join('')
  return 'text' in token && typeof token.text === 'string' ? token.text : ''
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}
