// Makes one recorded call again, and hands on what came of it.
import type { Clock } from '../../lib/clock.ts'
import { printable } from '../../lib/printable.ts'
import type { TextRedactor } from '../record/redact-text.ts'
import { NOBODY, type RunCall, SOMEBODY } from '../run.ts'
import type { Advice } from './advice.ts'
import type { Browsers } from './browsers.ts'
import type { Exchange } from './exchange.ts'
import { fill, type Secrets } from './fill.ts'
import { type Judged, judge } from './judge.ts'
import { type Foreign, messageOf } from './message.ts'
import { isSuccess, type OwnerChoice, type OwnerRule, ruleFor } from './owner.ts'
import type { People } from './people.ts'
import { recordedAnswerOf } from './recorded-answer.ts'
import type { RecordedCall } from './recorded-call.ts'
import type { SentAnswer } from './sender.ts'
import type { SignInDesk } from './sign-in-desk.ts'
import type { Tally } from './tally.ts'

export const PHASE = 'replay'

export interface CallContext {
  readonly secrets: Secrets
  readonly owner: OwnerChoice
  readonly compare: readonly string[]
  readonly clock: Clock
  readonly startedAt: number
  readonly exchange: Exchange
  readonly browsers: Browsers
  readonly people: People
  readonly desk: SignInDesk
  readonly texts: TextRedactor
  readonly tally: Tally
  readonly advice: Advice
}

/** What it gives never rejects. */
export function createCaller(context: CallContext): (call: RecordedCall) => Promise<void> {
  const { secrets, compare, clock, startedAt, texts, people, tally, desk } = context
  let n = 0

  return async (call) => {
    const browser = context.browsers.of(call)
    if (call.bodyCut) {
      tally.counts.skipped++
      return
    }
    const filled = fill(call, secrets)
    if (filled.left > 0) tally.counts.unfilled++
    const { persona = NOBODY } = call
    const nth = n++
    const startMs = clock.now() - startedAt
    const answer = await context.exchange(browser, persona, { ...call, ...filled })
    const endMs = clock.now() - startedAt
    const begins = call.signIn && isSuccess(call.status) && call.leftAfterMs === undefined
    const answeredAs = begins ? await desk.signIn(browser, persona, answer) : undefined
    if (desk.why !== undefined) return

    const rule = ruleFor(context.owner, call.path, call.owner)
    const { identity } = browser
    const asker =
      call.session === undefined || call.signIn || !identity ? undefined : { persona, identity }
    // Another address has answers of its own.
    const isMoved = begins && filled.path !== call.path && isSuccess(answer.status)
    const then = isMoved ? { ...call, ...asAnswered(answer) } : call
    const judged = judge(then, answer, asker, { rule, people, compare, texts })
    const judgement = answeredAs === undefined ? judged : { ...judged, outcome: 'foreign' as const }
    const owner = answeredAs ?? ownerOf(judgement)
    const { differences, mended, before } = judgement
    const run: RunCall = {
      n: nth,
      phase: PHASE,
      user: persona,
      method: call.method,
      path: printable(texts.url(call.path, persona)),
      startMs,
      endMs,
      status: answer.status,
      outcome: judgement.outcome,
      ...(owner !== undefined && { owner }),
      ...messageOf(call, answer, texts, foreignOf(judgement, rule)),
      ...(differences.length > 0 && { differences }),
      ...(mended && { mended }),
      ...((mended || differences.length > 0) && {
        recorded: recordedAnswerOf(call, before, ownerOf(before), foreignOf(before, rule)),
      }),
    }
    const wasLeft = call.leftAfterMs !== undefined
    tally.add(run, { ...judgement, wasLeft }, rule)
    const { ownership } = judgement
    if (asker) context.advice.look({ call: run, answer, asker, ownership, rule })
  }
}

function asAnswered({ status, headers, body, cut }: SentAnswer) {
  return { status, answerHeaders: headers, answer: body, answerCut: cut }
}

/** Whose the answer is, where that is somebody else's. */
function ownerOf({ outcome, ownership }: Judged): string | undefined {
  if (outcome !== 'foreign') return undefined
  return ownership?.kind === 'foreign' ? ownership.persona : SOMEBODY
}

function foreignOf({ ownership }: Judged, rule: OwnerRule | undefined): Foreign | undefined {
  if (!rule || !ownership) return undefined
  if (ownership.kind === 'foreign') return { ...ownership, rule, owner: ownership.persona }
  const isDoubtful = ownership.kind === 'unknown' && ownership.instead === undefined
  return isDoubtful ? { ...ownership, rule, owner: SOMEBODY } : undefined
}
