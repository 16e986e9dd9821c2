// Makes one recorded call again, and hands on what came of it.
import type { Clock } from '../../lib/clock.ts'
import { SOMEBODY } from '../leaks/judge.ts'
import type { TextRedactor } from '../record/redact-text.ts'
import type { RunCall } from '../run.ts'
import type { Advice } from './advice.ts'
import type { Browsers } from './browsers.ts'
import type { Exchange } from './exchange.ts'
import { fill, type Secrets } from './fill.ts'
import { type Judgement, judge } from './judge.ts'
import { type Foreign, messageOf } from './message.ts'
import { headerOf, type OwnerChoice, type OwnerRule, ruleFor } from './owner.ts'
import type { People } from './people.ts'
import type { RecordedCall } from './recorded-call.ts'
import type { SignInDesk } from './sign-in-desk.ts'
import type { Tally } from './tally.ts'

export const PHASE = 'replay'
export const NOBODY = 'nobody'

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
    const form = /urlencoded/.test(headerOf(call.headers, 'content-type') ?? '') ? 'form' : 'json'
    const body = call.body === undefined ? undefined : fill(call.body, secrets, form)
    if (body && body.left > 0) tally.counts.unfilled++
    const { persona = NOBODY } = call
    const nth = n++
    const startMs = clock.now() - startedAt
    const answer = await context.exchange(browser, persona, { ...call, body: body?.text })
    const endMs = clock.now() - startedAt
    const begins = call.signIn && call.status === 200 && call.leftAfterMs === undefined
    const answeredAs = begins ? await desk.signIn(browser, persona, answer) : undefined
    if (desk.why !== undefined) return

    const rule = ruleFor(context.owner, call.path, call.owner)
    const { identity } = browser
    const asker =
      call.session === undefined || call.signIn || !identity ? undefined : { persona, identity }
    const judged = judge(call, answer, asker, { rule, people, compare, texts })
    const judgement = answeredAs === undefined ? judged : { ...judged, outcome: 'foreign' as const }
    const owner = answeredAs ?? ownerOf(judgement)
    const run: RunCall = {
      n: nth,
      phase: PHASE,
      user: persona,
      method: call.method,
      path: texts.url(call.path, persona),
      startMs,
      endMs,
      status: answer.status,
      outcome: judgement.outcome,
      ...(owner !== undefined && { owner }),
      ...messageOf(call, answer, texts, foreignOf(judgement, rule)),
    }
    tally.add(run, judgement, rule)
    const { ownership } = judgement
    if (asker) context.advice.look({ call: run, answer, asker, ownership, rule })
  }
}

/** Whose the answer is, where that is somebody else's. */
function ownerOf({ outcome, ownership }: Judgement): string | undefined {
  if (outcome !== 'foreign') return undefined
  return ownership?.kind === 'foreign' ? ownership.persona : SOMEBODY
}

function foreignOf({ ownership }: Judgement, rule: OwnerRule | undefined): Foreign | undefined {
  if (!rule || !ownership) return undefined
  if (ownership.kind === 'foreign') return { ...ownership, rule, owner: ownership.persona }
  const isDoubtful = ownership.kind === 'unknown' && ownership.instead === undefined
  return isDoubtful ? { ...ownership, rule, owner: SOMEBODY } : undefined
}
