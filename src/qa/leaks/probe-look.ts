// What every look at a service needs: where it is, how to ask it, and what it answers anyway. Pure.
import { readJson } from '../../tokens/json.ts'
import type { Ask, IsOrdinary } from './ordinary.ts'
import type { WireAnswer } from './wire.ts'

export interface Look {
  readonly origin: string
  readonly base: string
  readonly ask: Ask
  readonly isOrdinary: IsOrdinary
}

export function isGood(answer: WireAnswer): answer is Extract<WireAnswer, { kind: 'answer' }> {
  return answer.kind === 'answer' && answer.status === 200
}

export function jsonIn(answer: WireAnswer): unknown {
  return isGood(answer) ? readJson(answer.body) : undefined
}

/** A path of the service as the target file has it, without `base`; `undefined` for what is none of its own. */
export function pathWithin(url: URL | null, { origin, base }: Pick<Look, 'origin' | 'base'>) {
  if (url?.origin !== origin || !`${url.pathname}/`.startsWith(`${base}/`)) return undefined
  const path = (url.pathname.slice(base.length) || '/') + url.search
  // Two slashes would begin a host, and braces a placeholder.
  return path.startsWith('//') ? undefined : path.replaceAll(/[{}]/g, encodeURIComponent)
}
