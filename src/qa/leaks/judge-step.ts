// What the answer to a step shows: of who leaves nothing, of a sign-in no more than that it failed or held others. Pure.
import { type Asking, isWhoamiOf, pathOf } from './asking.ts'
import { type Judgement, judge } from './judge.ts'
import type { Knowledge } from './knowledge.ts'
import type { Target } from './target.ts'
import type { WireAnswer } from './wire.ts'

type Answer = Extract<WireAnswer, { kind: 'answer' }>

/** `answer`: undefined where none came. */
export function judgeStep(
  actor: { readonly name: string; readonly valid: boolean },
  step: Asking,
  answer: Answer | undefined,
  { target, knowledge }: { readonly target: Target; readonly knowledge: Knowledge },
): Judgement {
  const path = pathOf(step, target)
  const { status = 0, headers = [], body = '', unread } = answer ?? {}
  if (step.do === 'leave') return { outcome: 'plain' }
  const question = {
    user: actor.name,
    path,
    isWhoami: isWhoamiOf(step, target),
    isFirst: step.do === 'ask' && step.first === true,
    isValid: step.do === 'ask' && actor.valid,
    status,
    headers,
    body,
    isPart: unread !== undefined,
  }
  const judgement = judge(question, knowledge, target.whoami.owner)
  if (step.do === 'ask' || judgement.outcome === 'foreign') return judgement
  return { outcome: status === 0 || status === 429 || status >= 500 ? 'failed' : 'plain' }
}
