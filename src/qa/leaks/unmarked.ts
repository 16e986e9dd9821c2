// Paths where nothing says whose an answer is: there somebody else's would not be known from one's own. Pure.
import { isNobody } from './knowledge.ts'
import { asked, type Observation } from './step.ts'
import type { Target } from './target.ts'
import { list } from './words.ts'

export interface Unmarked {
  /** As the target file has it. */
  readonly path: string
  /** `GET /products` */
  readonly asked: string
  /** Who never signed in is answered too. */
  readonly isPublic: boolean
}

/** Those of `reads` that users were answered, nobody's answer with anything of anybody in it. */
export function unmarkedIn(
  seen: readonly Observation[],
  { reads, ordinary }: Pick<Target, 'reads' | 'ordinary'>,
): Unmarked[] {
  const byPath = Map.groupBy(seen, ({ step }) => (step.do === 'ask' ? step.path : ''))
  return reads.flatMap((path): Unmarked[] => {
    if (ordinary.includes(path)) return []
    const good = (byPath.get(path) ?? []).filter(({ status }) => status >= 200 && status < 300)
    const theirs = good.filter(({ step }) => !isNobody(step.user))
    const [first] = theirs
    if (!first || good.some(saysWhose)) return []
    return [{ path, asked: asked(first), isPublic: theirs.length < good.length }]
  })
}

/** Whether this is an answer of such a path, to somebody who was signed in. */
export function isUnmarked({ step, status }: Observation, unmarked: readonly Unmarked[]): boolean {
  return (
    step.do === 'ask' &&
    !isNobody(step.user) &&
    status >= 200 &&
    status < 300 &&
    unmarked.some(({ path }) => path === step.path)
  )
}

/** Something to set; a full stop at its end. */
export function whyUnmarked(unmarked: readonly Unmarked[]): string {
  const paths = unmarked.map(({ path }) => path).join(', ')
  const asked = list(unmarked.map((one) => one.asked))
  return `no answer of ${asked} says whose it is, so that somebody else's would not be known; give the users a field that stands in it, or set ordinary: [${paths}] if it is the same for all.`
}

function saysWhose({ outcome, passed, unread }: Observation): boolean {
  return outcome === 'own' || outcome === 'foreign' || passed !== undefined || unread !== undefined
}
