// Is the service that is looked for here at all? One sentence, with its mend, where what answers says that it is not.
import { headerOf } from '../../lib/flat-headers.ts'
import type { Random } from '../../lib/random.ts'
import { whyNoAnswer } from './no-answer.ts'
import type { Ask } from './ordinary.ts'

export interface Place {
  readonly origin: string
  /** A path without a slash at its end; empty for none. */
  readonly base: string
  readonly random: Random
  /** How long the first answer may take. */
  readonly firstMs: number
}

/** Asks for a path that is made up. */
export async function whyElsewhere(
  ask: Ask,
  { origin, base, random, firstMs }: Place,
): Promise<string | undefined> {
  const path = `/${random(9).toString('hex')}`
  const answer = await ask('GET', path)
  if (answer.kind === 'none') {
    const why =
      answer.why === 'late'
        ? `nothing came within ${firstMs / 1_000} seconds; look whether it hangs, or is still starting.`
        : whyNoAnswer(origin, answer.why)
    return `${origin} did not answer: ${why}`
  }
  if (answer.status === 421) {
    return `${origin} answered 421: it does not know itself by that name; give the URL that browsers open.`
  }
  if ([502, 503, 504].includes(answer.status)) {
    return `${origin} answers ${answer.status} to everything: mend that first.`
  }
  const next = URL.parse(headerOf(answer.headers, 'location') ?? '', origin)
  const isMoved = [301, 302, 307, 308].includes(answer.status) && next?.pathname === base + path
  if (!isMoved || next.origin === origin) return undefined
  return `${origin} redirects everything to ${next.origin}: give that as the URL.`
}
