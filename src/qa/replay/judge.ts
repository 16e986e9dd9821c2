// What a replayed answer is, beside the recorded one: whose it is, and what is different about it. Pure.
import type { TextRedactor } from '../record/redact-text.ts'
import type { CallOutcome } from '../run.ts'
import { differencesOf } from './differences.ts'
import {
  type Answer,
  type Asker,
  type OwnerRule,
  type Ownership,
  ownershipOf,
  problemOf,
} from './owner.ts'
import type { People } from './people.ts'
import type { RecordedCall } from './recorded-call.ts'
import type { SentAnswer } from './sender.ts'

export interface JudgeOptions {
  readonly rule: OwnerRule | undefined
  readonly people: Pick<People, 'isOf' | 'whose'>
  /** JSON Pointers whose values must be the same. */
  readonly compare: readonly string[]
  readonly texts: TextRedactor
}

export interface Judgement {
  /** An answer of nobody who is known is `failed`, until all has been seen. */
  readonly outcome: CallOutcome
  /** Undefined where there was nothing to ask, or no rule to ask by. */
  readonly ownership: Ownership | undefined
  /** What is not as it was, each in a few words. */
  readonly differences: readonly string[]
  /** The gateway held somebody else's answer, or token, back. */
  readonly stopped: boolean
  /** It was wrong when it was recorded, and is right. */
  readonly mended: boolean
  /** What the recorded answer was. */
  readonly before: Judged
}

export interface Judged {
  readonly outcome: CallOutcome
  readonly ownership?: Ownership | undefined
}

/** `asker`: whoever is signed in where it was asked. */
export function judge(
  recorded: RecordedCall,
  live: SentAnswer,
  asker: Asker | undefined,
  { rule, people, compare, texts }: JudgeOptions,
): Judgement {
  const { status, answerHeaders: headers, answer: body } = recorded
  const then: Answer = { status, headers, body }
  const before = outcomeOf(
    then,
    recorded.signIn ? undefined : recordedAsker(recorded),
    rule,
    people,
  )
  const after = outcomeOf(live, recorded.signIn ? undefined : asker, rule, people)
  const stopped = problemOf(live) === 'leak_prevented'
  const wasWrong =
    before.outcome === 'foreign' ||
    before.outcome === 'thrown_out' ||
    problemOf(then) === 'leak_prevented'
  const isGood = after.outcome === 'own' || (after.outcome === 'plain' && live.status < 400)
  // What named nobody who is known may have been right: only an own answer shows that it was not.
  const mended = wasWrong ? isGood : before.ownership?.kind === 'unknown' && after.outcome === 'own'
  // Thrown out only where the recording was not: what always was 401 is as it was.
  const always = after.outcome === 'thrown_out' && before.outcome === 'thrown_out'
  const cut = recorded.answerCut || live.cut
  return {
    outcome: always ? 'plain' : after.outcome,
    ownership: after.ownership,
    differences:
      mended || recorded.leftAfterMs !== undefined
        ? []
        : differencesOf({ recorded: then, live, cut }, compare, texts),
    stopped,
    mended,
    before,
  }
}

function recordedAsker({ session, persona = '', sub, name }: RecordedCall): Asker | undefined {
  if (session === undefined) return undefined
  return { persona, identity: { provider: undefined, sub, name, claims: {} } }
}

function outcomeOf(
  answer: Answer,
  asker: Asker | undefined,
  rule: OwnerRule | undefined,
  people: Pick<People, 'isOf' | 'whose'>,
): Judged {
  if (answer.status === 0) return { outcome: 'failed' }
  if (asker === undefined) return { outcome: 'plain' }
  if (problemOf(answer) === 'leak_prevented') return { outcome: 'foreign' }
  const ownership = rule && ownershipOf(answer, rule, asker, people)
  switch (ownership?.kind) {
    case 'own':
    case 'foreign':
      return { outcome: ownership.kind, ownership }
    case 'unknown':
      return { outcome: 'failed', ownership }
    default: {
      const outcome = answer.status === 401 ? 'thrown_out' : 'plain'
      return { outcome, ...(ownership && { ownership }) }
    }
  }
}
