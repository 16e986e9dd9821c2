// What the report calls things, the same in its text, its pictures and its tables. Pure.
import type { CallOutcome, Run, RunCall, Verdict } from '../../run.ts'

export const OUTCOMES: readonly CallOutcome[] = ['foreign', 'thrown_out', 'failed', 'own', 'plain']

/** What a call is shown as: its outcome, or how a replay's answer is to the recorded one, where that says more. */
export type Kind = CallOutcome | 'different' | 'mended'

/** The worst first. */
export const KINDS: readonly Kind[] = [
  'foreign',
  'thrown_out',
  'different',
  'failed',
  'mended',
  'own',
  'plain',
]

export function kindOf({
  outcome,
  differences,
  mended,
}: Pick<RunCall, 'outcome' | 'differences' | 'mended'>): Kind {
  if (outcome === 'foreign' || outcome === 'thrown_out') return outcome
  if (differences !== undefined) return 'different'
  return mended ? 'mended' : outcome
}

const KIND_WORDS = {
  foreign: 'someone else’s',
  thrown_out: 'thrown out',
  different: 'not as recorded',
  mended: 'wrong then, right now',
  failed: 'no judgement',
  own: 'own, verified',
  plain: 'nothing to verify',
} as const satisfies Record<Kind, string>

const VERDICT_WORDS = {
  leak: 'LEAK',
  clean: 'CLEAN',
  different: 'DIFFERENT',
  unjudged: 'COULD NOT JUDGE',
} as const satisfies Record<Verdict['outcome'], string>

export function kindWord(kind: Kind): string {
  return KIND_WORDS[kind]
}

export function verdictWord(outcome: Verdict['outcome']): string {
  return VERDICT_WORDS[outcome]
}

const PACES = {
  order: 'in the recorded order and overlap',
  recorded: 'in the recorded order and overlap, with the pauses',
  fastest: 'everybody at once',
  reorder: 'reordered, one call after another',
} as const satisfies Record<Run['pace'] & {}, string>

/** How a replay was played. */
export function paceText(pace: Run['pace'] = 'order'): string {
  return PACES[pace]
}

/** 1234 ms → `1.234 s`; below a second `234 ms`. */
export function spanText(ms: number): string {
  const whole = Math.round(ms)
  if (Math.abs(whole) < 1000) return `${ms > 0 && ms < 9.95 ? Number(ms.toFixed(1)) : whole} ms`
  if (whole < 60_000) return `${(whole / 1000).toFixed(3)} s`
  const minutes = Math.floor(whole / 60_000)
  return `${minutes} min ${((whole - minutes * 60_000) / 1000).toFixed(1)} s`
}

export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Control characters, and those that turn the reading order around, are seen to be there; nothing moves. */
export function visible(text: string): string {
  return text.replace(/[[\p{Cc}\p{Bidi_Control}]--[\t\n\r]]/gv, '\ufffd')
}

export function statusText(status: number): string {
  return status === 0 ? 'no answer' : String(status)
}
