// Whose is this answer? The outcome of one request, seen from the user who made it. Pure but for what it learns.
import { type CallOutcome, SOMEBODY } from '../run.ts'
import { type Passed, passedIn } from './doubts.ts'
import { plainName } from './hops.ts'
import { isNobody, type Knowledge } from './knowledge.ts'
import type { Hit } from './markers.ts'
import { readOwner } from './owner.ts'
import type { Whoami } from './target.ts'

export interface Question {
  readonly user: string
  /** As the target file has it. */
  readonly path: string
  readonly isWhoami: boolean
  readonly isFirst: boolean
  /** The user has signed in and not out again. */
  readonly isValid: boolean
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
  /** There is more than `body`, which nobody has searched. */
  readonly isPart?: boolean
}

export interface Judgement {
  readonly outcome: CallOutcome
  readonly owner?: string
  /** Of others, and let pass for what was seen there at the first look. */
  readonly passed?: readonly Passed[]
  /** Somebody who has signed out is still told who he or she is. */
  readonly stillIn?: true
}

/** Headers that say nothing about anybody. */
const DULL =
  /^(date|content-(type|length|encoding|security-policy)|connection|keep-alive|vary|server|cache-control|transfer-encoding|x-request-id|access-control-.*)$/

export function judge(question: Question, knowledge: Knowledge, rule: Whoami['owner']): Judgement {
  const { user, path, isWhoami, isFirst, status } = question
  const hits = hitsIn(question, knowledge)
  if (isFirst && isGoodStatus(status)) {
    const told = isWhoami ? readOwner(question.body, rule) : undefined
    const isOwn = told?.kind === 'owner' && told.value === knowledge.expected(user)
    if (!isWhoami || isOwn) {
      const text = [...question.headers, question.body].join('\n')
      knowledge.learnFirst(user, path, hits, text)
    }
  }
  const foreign = hits.find((hit) => knowledge.isForeign(hit, user, path))
  if (foreign) return { outcome: 'foreign', owner: foreign.marker.owner }
  const passed = passedIn(hits, user)
  const judgement = ofNothingForeign(question, hits, knowledge, rule)
  return passed.length === 0 ? judgement : { ...judgement, passed }
}

function ofNothingForeign(
  { user, path, isWhoami, isFirst, isValid, isPart, status, body }: Question,
  hits: readonly Hit[],
  knowledge: Knowledge,
  rule: Whoami['owner'],
): Judgement {
  if (status === 0 || status === 429 || status >= 500) return { outcome: 'failed' }
  // Whatever is right in what could be read proves nothing for the rest.
  if (isPart) return { outcome: 'plain' }
  const isGood = isGoodStatus(status)
  const thrownOut: CallOutcome =
    isValid && knowledge.verified.has(user) && wasGood(knowledge, user, path)
      ? 'thrown_out'
      : 'plain'
  if (!isGood) return { outcome: status === 404 ? 'plain' : thrownOut }
  if (!isWhoami) {
    const own = hits.some(({ marker }) => marker.owner === user)
    return { outcome: own && isValid ? 'own' : 'plain' }
  }
  const read = readOwner(body, rule)
  if (read.kind !== 'owner') return { outcome: thrownOut }
  if (read.value === knowledge.expected(user)) {
    return isValid ? { outcome: 'own' } : { outcome: 'plain', stillIn: true }
  }
  const owner = knowledge.ownerOf(read.value)
  if (owner !== undefined) return { outcome: 'foreign', owner }
  // A visitor's own name, such as `guest`, is nobody's data.
  if (isNobody(user)) return { outcome: 'plain' }
  // At the first look it is more likely that the target file says the wrong thing.
  return isFirst ? { outcome: 'failed' } : { outcome: 'foreign', owner: SOMEBODY }
}

/** Everything of anybody in an answer; `hits` of headers come first. */
export function hitsIn(
  { headers, body }: Pick<Question, 'headers' | 'body'>,
  { markers }: Knowledge,
): Hit[] {
  const hits: Hit[] = []
  for (let at = 0; at < headers.length; at += 2) {
    if (!DULL.test(plainName(headers[at] ?? ''))) hits.push(...markers.scan(headers[at + 1] ?? ''))
  }
  return [...hits, ...markers.scan(body)]
}

function isGoodStatus(status: number): boolean {
  return status >= 200 && status < 300
}

function wasGood({ usual }: Knowledge, user: string, path: string): boolean {
  const first = usual.get(`${user} ${path}`)
  return first === undefined || isGoodStatus(first)
}
