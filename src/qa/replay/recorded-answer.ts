// The recorded answer of a call, as it is laid beside the replayed one. Pure.
import type { RecordedAnswer } from '../run.ts'
import type { Judged } from './judge.ts'
import { type Foreign, keptMessage, marksOf } from './message.ts'
import type { RecordedCall } from './recorded-call.ts'

/** `owner`: whose it was, where that was somebody else; `foreign`: where in it that stood. */
export function recordedAnswerOf(
  call: RecordedCall,
  { outcome }: Judged,
  owner: string | undefined,
  foreign: Foreign | undefined,
): RecordedAnswer {
  const { status, answerHeaders, answer = '', answerCut } = call
  const response = keptMessage(answerHeaders, answer, answerCut)
  const marks = foreign ? marksOf(response, foreign) : []
  return {
    status,
    outcome,
    ...(owner !== undefined && { owner }),
    ...(marks.length > 0 && { marks }),
    ...(status > 0 && { response }),
  }
}
