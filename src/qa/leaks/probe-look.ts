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

/** So many requests are under way at once: no more than a page and its parts, even of a service that is slow. */
const SIDE_BY_SIDE = 4

/** Each path with what came of it, in their order; whoever has enough stops, and the rest is not asked. */
export async function* askedFor<Answer>(
  paths: readonly string[],
  ask: (path: string) => Promise<Answer>,
): AsyncGenerator<readonly [path: string, answer: Answer]> {
  const begun: Promise<Answer>[] = paths.slice(0, SIDE_BY_SIDE).map(ask)
  for (const [index, path] of paths.entries()) {
    const answer = await begun[index]
    const next = paths[index + SIDE_BY_SIDE]
    if (next !== undefined) begun.push(ask(next))
    if (answer !== undefined) yield [path, answer]
  }
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
