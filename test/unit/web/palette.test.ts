import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { personas } from '../../../src/qa/personas.ts'

const css = readFileSync(new URL('../../../src/web/styles/palette.css', import.meta.url), 'utf8')

/** What stands on what; WCAG 2.2, 1.4.3. */
const TEXT: ReadonlyArray<readonly [text: string, on: string]> = [
  ...['--paper', '--card', '--ticket', '--brass-wash', '--wrong-wash', '--person-wash'].map(
    (on) => ['--ink', on] as const,
  ),
  ...['--paper', '--card', '--ticket', '--wrong-wash'].map((on) => ['--soft', on] as const),
  ['--brass-ink', '--paper'],
  ['--brass-ink', '--ticket'],
  ['--brass-ink', '--brass-wash'],
  ['--on-brass', '--brass'],
  ['--paper', '--ink'],
  ['--good', '--paper'],
  ['--good', '--card'],
  ['--wrong', '--card'],
  ['--wrong', '--wrong-wash'],
  ['--wrong', '--brass-wash'],
]

/** What stands on what in each person's colours. */
const PERSON: typeof TEXT = [
  ['--on-person', '--person'],
  ['--person', '--paper'],
  ['--person', '--card'],
  ['--person', '--person-wash'],
  ['--person', '--wrong-wash'],
]

/** Edges of buttons and fields; WCAG 2.2, 1.4.11. */
const EDGES: typeof TEXT = [
  ['--edge', '--paper'],
  ['--edge', '--card'],
]

/** For those that are not the demo's people. */
const MORE = ['crimson', 'teal', 'goldenrod', 'slateblue', 'gray', 'red', 'pink', 'brown'] as const

describe.each(['light', 'dark'] as const)('the palette, %s', (scheme) => {
  const general = colours(':root', scheme)

  it.each(TEXT)('lets %s be read on %s', (text, on) => {
    expect(contrast(general, text, on)).toBeGreaterThanOrEqual(4.5)
  })

  it.each(EDGES)('lets %s be made out on %s', (edge, on) => {
    expect(contrast(general, edge, on)).toBeGreaterThanOrEqual(3)
  })

  it.each([
    ...personas.map(({ username }) => `[data-person="${username}"]`),
    ...MORE.map((colour) => `[data-colour="${colour}"]`),
  ])('lets the colours of %s be read', (selector) => {
    const own = { ...general, ...colours(selector, scheme) }
    for (const [text, on] of PERSON) {
      expect(contrast(own, text, on), `${text} on ${on}`).toBeGreaterThanOrEqual(4.5)
    }
  })
})

it('is the paper, ink and brass that were chosen', () => {
  expect(colours(':root', 'light')).toMatchObject({
    '--paper': '#faf7f2',
    '--ink': '#1f1b16',
    '--brass': '#b8893b',
  })
  expect(colours(':root', 'dark')).toMatchObject({ '--paper': '#15130f' })
})

function colours(selector: string, scheme: 'light' | 'dark'): Readonly<Record<string, string>> {
  const from = css.indexOf(`${selector} {`)
  const block = css.slice(from, css.indexOf('}', from))
  const pairs = block.matchAll(/(--[\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)
  const found = Array.from(pairs, ([, name = '', light = '', dark = '']) => {
    return [name, scheme === 'light' ? light : dark] as const
  })
  if (found.length === 0) throw new Error(`${selector} has no colours`)
  return Object.fromEntries(found)
}

function contrast(palette: Readonly<Record<string, string>>, one: string, other: string): number {
  const [lower = 0, higher = 0] = [luminance(palette[one]), luminance(palette[other])].sort(
    (a, b) => a - b,
  )
  return (higher + 0.05) / (lower + 0.05)
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: string | undefined): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
    const share = Number.parseInt(String(colour).slice(from, from + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
