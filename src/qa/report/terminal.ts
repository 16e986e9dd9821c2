// What all reports for the terminal have in common: colours, the sentence, and the files beside it. Pure.
import { styleText } from 'node:util'
import { printable } from '../../lib/printable.ts'
import type { Verdict } from '../run.ts'

export type Style = Parameters<typeof styleText>[0]
export type Paint = (style: Style, text: string) => string

/** `kind` and what is to be said of it: `html  report.html`. */
export type Fact = readonly [kind: string, what: string]

const TONES = { leak: 'red', clean: 'green', different: 'yellow', unjudged: 'yellow' } as const

export function painter(colour: boolean): Paint {
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
}

export function toneOf({ outcome }: Pick<Verdict, 'outcome'>): Style & string {
  return TONES[outcome]
}

/** The sentence, its first word lit. */
export function headline(verdict: Pick<Verdict, 'outcome' | 'sentence'>, paint: Paint): string {
  const [word = '', ...rest] = printable(verdict.sentence).split(': ')
  return `${paint(['bold', TONES[verdict.outcome]], `${word}:`)} ${rest.join(': ')}`
}

export function factLines(facts: readonly Fact[], paint: Paint): string[] {
  return facts.map(([kind, what]) => `  ${paint('dim', kind.padEnd(6))} ${printable(what)}`)
}
