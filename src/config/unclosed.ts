// Which brace, bracket or quote of a YAML text is not closed, or closes nothing: a parser stumbles lines later. Pure.
import { CST, Parser } from 'yaml'

export interface Slip {
  /** Where it stands in the text. */
  readonly offset: number
  /** What is wrong and how to mend it, without a word of the text. */
  readonly message: string
}

const WORDS = {
  'flow-map-start': { name: 'brace', open: '{', close: '}', end: 'flow-map-end' },
  'flow-seq-start': { name: 'bracket', open: '[', close: ']', end: 'flow-seq-end' },
} as const

/** The innermost that stands before `stumbled`, where the parser gave up; `undefined` where the fault is another. */
export function slipBefore(text: string, stumbled: number): Slip | undefined {
  const slips: Slip[] = []
  for (const token of new Parser().parse(text)) {
    if (token.type === 'error') slips.push(...strayEnd(token))
    if (token.type !== 'document') continue
    slips.push(...slipOf(token.value))
    CST.visit(token, ({ key, value }) => {
      slips.push(...slipOf(key), ...slipOf(value))
    })
  }
  return slips
    .filter(({ offset }) => offset <= stumbled)
    .reduce<Slip | undefined>((a, b) => (a && a.offset > b.offset ? a : b), undefined)
}

function slipOf(token: CST.Token | null | undefined): Slip[] {
  if (token?.type === 'flow-collection') return collectionSlip(token)
  if (token?.type !== 'double-quoted-scalar' && token?.type !== 'single-quoted-scalar') return []
  const { offset, source } = token
  const quote = source.slice(0, 1)
  if (source.length > 1 && source.endsWith(quote)) return []
  return [{ offset, message: `this quote is not closed: write ${quote} where its text ends` }]
}

function collectionSlip({ offset, start, end }: CST.FlowCollection): Slip[] {
  if (start.type !== 'flow-map-start' && start.type !== 'flow-seq-start') return []
  const { name, open, close, end: wanted } = WORDS[start.type]
  const last = end.find(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end')
  if (last?.type === wanted) return []
  if (last === undefined) {
    return [{ offset, message: `this ${name} is not closed: write ${close} where it ends` }]
  }
  const message = `a ${close} is missing before this one: it closes nothing of what ${open} began`
  return [{ offset: last.offset, message }]
}

function strayEnd({ source, offset }: CST.ErrorToken): Slip[] {
  const close = /^[}\]]$/.test(source)
  return close ? [{ offset, message: `this ${source} closes nothing: take it away` }] : []
}
