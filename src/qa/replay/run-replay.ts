// Plays a recording back against a gateway, everybody signed in anew, and tells what came of it.
import { type Clock, systemClock } from '../../lib/clock.ts'
import { setCookiePair } from '../leaks/jar.ts'
import { createTextRedactor } from '../record/redact-text.ts'
import { createSecretBook } from '../record/secret-book.ts'
import type { Run, RunCall } from '../run.ts'
import { type Browser, createBrowsers } from './browsers.ts'
import { fill, type Secrets } from './fill.ts'
import { identityIn } from './identity.ts'
import { inOrder } from './in-order.ts'
import { expectedOf, judge } from './judge.ts'
import { messageOf } from './message.ts'
import { type Pace, play } from './play.ts'
import type { OwnerRule, RecordedCall } from './recorded-call.ts'
import { readRecording } from './recording.ts'
import { headersToSend } from './request-headers.ts'
import { openSender } from './send.ts'
import type { SentAnswer } from './sent-answer.ts'
import type { Survey } from './survey.ts'
import { type Counts, createTally, type Difference } from './tally.ts'
import { verdictOf } from './verdict.ts'

export interface ReplayOptions {
  readonly file: string
  readonly survey: Survey
  /** Origin of a gateway. */
  readonly target: string
  readonly secrets: Secrets
  readonly pace: Pace
  readonly seed: number
  /** In place of what the recording says. */
  readonly owner: OwnerRule | undefined
  readonly compare: readonly string[]
  readonly timeoutMs?: number
  readonly clock?: Clock
  onProgress?(done: number, of: number, leaks: number): void
}

export type Replayed =
  | {
      readonly ok: true
      readonly run: Run
      readonly counts: Counts
      readonly differences: readonly Difference[]
    }
  /** One sentence. */
  | { readonly ok: false; readonly why: string }

const COLOURS = ['violet', 'green', 'orange', 'blue', 'red', 'teal', 'pink', 'brown'] as const
const PHASE = 'replay'

export async function runReplay(options: ReplayOptions): Promise<Replayed> {
  const { file, survey, target, secrets, owner, compare, clock = systemClock } = options
  const startedAt = clock.now()
  const sender = openSender(target, options.timeoutMs ?? 30_000, clock)
  const browsers = createBrowsers()
  const book = createSecretBook()
  const texts = createTextRedactor(book, [])
  const tally = createTally()
  let n = 0
  let why: string | undefined
  for (const [persona, fields] of secrets) {
    for (const [field, value] of Object.entries(fields)) book.add(value, `{{${persona}.${field}}}`)
  }

  async function exchange(browser: Browser, call: RecordedCall, body: string | undefined) {
    const headers = headersToSend(call, target)
    const cookie = browser.jar.header(target + call.path)
    const answer = await sender.send(call.persona ?? '', {
      method: call.method,
      path: call.path,
      headers: cookie === '' ? headers : { ...headers, cookie },
      body,
      leaveAfterMs: call.leftAfterMs,
    })
    const lines = answer.headers.filter(
      (_, at) => at % 2 === 1 && answer.headers[at - 1] === 'set-cookie',
    )
    for (const line of lines)
      book.add(setCookiePair(line)[1], `{{${call.persona ?? 'nobody'}.cookie}}`)
    browser.jar.take(lines, target + call.path)
    return answer
  }

  async function send(call: RecordedCall): Promise<void> {
    if (why !== undefined) return
    const browser = browsers.of(call)
    const form = /urlencoded/.test(headerOf(call.headers, 'content-type') ?? '') ? 'form' : 'json'
    const body = call.body === undefined ? undefined : fill(call.body, secrets, form)
    if (call.bodyCut) {
      tally.counts.skipped++
      return
    }
    if (body && body.left > 0) tally.counts.unfilled++
    const nth = n++
    const startMs = clock.now() - startedAt
    const answer = await exchange(browser, call, body?.text)
    const endMs = clock.now() - startedAt
    if (call.signIn && call.status === 200) {
      why ??= whyNotSignedIn(call.persona ?? 'somebody', answer, target)
      if (why !== undefined) return
      await learnIdentity(browser, call, answer)
    }
    const judgement = judge(
      call,
      answer,
      call.session === undefined ? undefined : browser.identity,
      {
        owner,
        compare,
        redact: (text) => texts.text(text, ''),
      },
    )
    const rule = owner ?? call.owner
    const whose =
      judgement.foreign !== undefined && rule
        ? (browsers.named(judgement.foreign, (identity) => expectedOf(identity, rule)) ??
          judgement.foreign)
        : undefined
    const user = call.persona ?? 'nobody'
    const shown = { texts, persona: user, foreign: judgement.foreign, owner: whose }
    const run: RunCall = {
      n: nth,
      phase: PHASE,
      user,
      method: call.method,
      path: texts.url(call.path, user),
      startMs,
      endMs,
      status: answer.status,
      outcome: judgement.outcome,
      ...(whose === undefined ? {} : { owner: whose }),
      ...messageOf(call, answer, shown),
    }
    tally.add(run, judgement)
    options.onProgress?.(tally.counts.calls, survey.calls, tally.counts.leaks)
  }

  async function learnIdentity(
    browser: Browser,
    call: RecordedCall,
    answer: SentAnswer,
  ): Promise<void> {
    browser.persona = call.persona
    browser.identity = identityIn(answer.body)
    if (browser.identity) return
    // The upstream's own sign-in answer says nothing of our kind.
    const told = await exchange(
      browser,
      { ...ownCall(call.persona), method: 'GET', path: '/auth/session' },
      undefined,
    )
    browser.identity = identityIn(told.body)
  }

  try {
    for (const { session, persona } of survey.earlier) {
      const browser = browsers.bySession(session, persona)
      const call = { ...ownCall(persona), method: 'POST', path: '/auth/login' }
      const fields = { username: persona, ...secrets.get(persona) }
      const answer = await exchange(browser, call, JSON.stringify(fields))
      why = whyNotSignedIn(persona, answer, target)
      if (why !== undefined) return { ok: false, why }
      browser.identity = identityIn(answer.body)
    }
    await play(inOrder(readRecording(file)), {
      pace: options.pace,
      clock,
      browserOf: (call) => browsers.of(call).id,
      send,
      stopped: () => why !== undefined,
    })
  } finally {
    await sender.close()
  }
  if (why !== undefined) return { ok: false, why }
  const run: Run = {
    version: 1,
    kind: 'replay',
    target,
    seed: options.seed,
    startedAt,
    users: [...survey.personas, 'nobody'].map((name, at) => ({
      name,
      colour: name === 'nobody' ? 'gray' : (COLOURS[at % COLOURS.length] ?? 'gray'),
    })),
    phases: [{ name: PHASE, title: 'Replay', startMs: 0, endMs: clock.now() - startedAt }],
    calls: tally.calls(),
    verdict: verdictOf(tally.counts, tally.differences),
  }
  return { ok: true, run, counts: tally.counts, differences: tally.differences }
}

/** A call of the replay's own, that nobody recorded. */
function ownCall(persona: string | undefined): RecordedCall {
  return {
    persona,
    session: undefined,
    before: undefined,
    signIn: false,
    began: 0,
    ended: 0,
    startedAt: 0,
    method: 'GET',
    path: '/',
    headers: ['content-type', 'application/json'],
    body: undefined,
    bodyCut: false,
    leftAfterMs: undefined,
    status: 0,
    answerHeaders: [],
    answer: undefined,
    answerCut: false,
    sub: undefined,
    name: undefined,
    owner: undefined,
  }
}

function whyNotSignedIn(persona: string, answer: SentAnswer, target: string): string | undefined {
  const { status } = answer
  if (status === 200) return undefined
  if (status === 0)
    return `${target} did not answer ${persona}'s sign-in: is the gateway running there?`
  if (status === 421)
    return `${target} is not the address that this gateway serves: use its publicOrigin`
  if (status === 429)
    return `${persona}'s sign-in was answered 429: the gateway limits attempts; raise limits.signInPerAddress`
  if (status === 404)
    return `${target} answered ${persona}'s sign-in with 404: is a gateway running there?`
  return `${persona}'s sign-in was refused (${status}): look at the password for ${persona}`
}

function headerOf(flat: readonly string[], name: string): string | undefined {
  const at = flat.findIndex((one, index) => index % 2 === 0 && one === name)
  return at === -1 ? undefined : flat[at + 1]
}
