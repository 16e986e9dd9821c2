// What would help whoever gave no owner rule, or one that never fits.
import type { TextRedactor } from '../record/redact-text.ts'
import type { RunCall } from '../run.ts'
import { createHints } from './hints.ts'
import type { Judgement } from './judge.ts'
import { type Misfit, misfitOf } from './misfit.ts'
import type { Asker, OwnerChoice, OwnerRule } from './owner.ts'
import type { SentAnswer } from './sender.ts'

export interface Advice {
  /** Every answer to somebody who is signed in, and the rule by which it was judged. */
  look(looked: Looked): void
  readonly misfit: Misfit | undefined
  readonly hint: string | undefined
}

export interface Looked {
  readonly call: Pick<RunCall, 'method' | 'path'>
  readonly answer: SentAnswer
  readonly asker: Asker
  readonly ownership: Judgement['ownership']
  readonly rule: OwnerRule | undefined
}

export function createAdvice(choice: OwnerChoice, texts: TextRedactor): Advice {
  const hints = createHints()
  let misfit: Misfit | undefined
  return {
    look({ call, answer, asker, ownership, rule }) {
      if (ownership === undefined || ownership.kind === 'untold') {
        hints.look(call.path, answer, asker)
      }
      if (!rule || !ownership || answer.status !== 200) return
      const found = misfitOf({
        call: `${call.method} ${call.path} as ${asker.persona}`,
        rule,
        byFlag: typeof choice === 'object' && choice.rule === rule,
        identity: asker.identity,
        ownership,
        texts,
      })
      if (found && found.rank > (misfit?.rank ?? -1)) misfit = found
    },
    get misfit() {
      return misfit
    },
    get hint() {
      return hints.best()
    },
  }
}
