// Plays a recording back against a gateway, everybody signed in anew, and tells what came of it.
import { type Clock, systemClock } from '../../lib/clock.ts'
import { createJar, setCookiePair } from '../leaks/jar.ts'
import { colourOf } from '../leaks/run-of.ts'
import { lookupHere, whyNone } from '../leaks/wire.ts'
import { createTextRedactor } from '../record/redact-text.ts'
import { createSecretBook } from '../record/secret-book.ts'
import { NOBODY, type Run, type RunUser } from '../run.ts'
import { createAdvice } from './advice.ts'
import { createBrowsers } from './browsers.ts'
import { fieldsToSignIn } from './earlier-sign-in.ts'
import { createExchange, ownCall } from './exchange.ts'
import { type Secrets, SIGN_IN_PATH } from './fill.ts'
import { inOrder } from './in-order.ts'
import { createCaller, PHASE } from './one-call.ts'
import type { OwnerChoice } from './owner.ts'
import { createPeople } from './people.ts'
import { type Pace, play } from './play.ts'
import { readRecording } from './recording.ts'
import { openSender } from './send.ts'
import { createSignInDesk } from './sign-in-desk.ts'
import type { Survey } from './survey.ts'
import { type Counts, createTally, type Difference } from './tally.ts'
import { verdictOf } from './verdict.ts'

export interface ReplayOptions {
  readonly file: string
  readonly survey: Survey
  /** Origin of a gateway. */
  readonly target: string
  readonly secrets: Secrets
  /** Personas whose fields a configuration names; none unless said. */
  readonly configured?: ReadonlySet<string>
  readonly pace: Pace
  readonly seed: number
  readonly owner: OwnerChoice
  readonly compare: readonly string[]
  /** For each answer; half a minute unless said. */
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
  /** One sentence, with or without its full stop. */
  | { readonly ok: false; readonly why: string }

const NOBODYS_LANE: RunUser = { name: NOBODY, colour: 'gray', isNobody: true }

export async function runReplay(options: ReplayOptions): Promise<Replayed> {
  const { file, survey, target, secrets, owner, compare, clock = systemClock } = options
  const { configured = new Set<string>() } = options
  const startedAt = clock.now()
  const book = createSecretBook()
  for (const [persona, fields] of secrets) {
    for (const [field, value] of Object.entries(fields)) book.add(value, `{{${persona}.${field}}}`)
  }
  const texts = createTextRedactor(book, [])
  const { timeoutMs = 30_000 } = options
  const sender = openSender({ origin: target, timeoutMs, clock, lookup: lookupHere, whyNone })
  const exchange = createExchange(target, sender, (persona, line) =>
    book.add(setCookiePair(line)[1], `{{${persona}.cookie}}`),
  )
  const browsers = createBrowsers(createJar)
  const people = createPeople(survey.people)
  const desk = createSignInDesk(target, exchange, people)
  const tally = createTally()
  const advice = createAdvice(owner, texts)
  const about = { secrets, owner, compare, clock, startedAt, exchange, browsers, people }
  const makeAgain = createCaller({ ...about, desk, texts, tally, advice })

  /** Whoever was signed in before the recording began. */
  async function signInEarlier(): Promise<string | undefined> {
    for (const { session, persona } of survey.earlier) {
      const browser = browsers.bySession(session)
      const fields = fieldsToSignIn({ persona, secrets, configured, sent: survey.sent })
      const answer = await exchange(browser, persona, ownCall('POST', SIGN_IN_PATH, fields))
      const other = await desk.signIn(browser, persona, answer)
      if (desk.why !== undefined) return desk.why
      if (other !== undefined) return `${persona}'s sign-in was answered as ${other}'s`
    }
    return undefined
  }

  try {
    const why = await signInEarlier()
    if (why !== undefined) return { ok: false, why }
    await play(inOrder(readRecording(file)), {
      pace: options.pace,
      clock,
      browserOf: (call) => browsers.of(call).id,
      async send(call) {
        if (desk.why !== undefined) return
        await makeAgain(call)
        const { calls, skipped, leaks } = tally.counts
        options.onProgress?.(calls + skipped, survey.calls, leaks)
      },
      stopped: () => desk.why !== undefined,
    })
  } finally {
    await sender.close()
  }
  if (desk.why !== undefined) return { ok: false, why: desk.why }
  tally.settle(people)
  const { counts, differences } = tally
  const { misfit, hint } = advice
  const ownerless = owner === 'none'
  const { kind } = options.pace
  const calls = tally.calls()
  const entering = calls.filter(
    ({ method, path }) => `${method} ${path}` === `POST ${SIGN_IN_PATH}`,
  )
  const refused = entering.filter(({ status }) => status === 0 || status >= 400)
  const found = {
    counts,
    differences,
    ownerless,
    ruled: typeof owner === 'object',
    signIns: { all: entering.length, refused: refused.length, status: refused[0]?.status ?? 0 },
    misfit,
    hint,
    inTurn: kind === 'reorder',
  }
  const run: Run = {
    version: 1,
    kind: 'replay',
    target,
    seed: options.seed,
    startedAt,
    users: [
      ...survey.personas.map((name, at): RunUser => ({ name, colour: colourOf(name, at) })),
      ...(calls.some(({ user }) => user === NOBODY) ? [NOBODYS_LANE] : []),
    ],
    phases: [{ name: PHASE, title: 'Replay', startMs: 0, endMs: clock.now() - startedAt }],
    calls,
    verdict: verdictOf(found),
    pace: kind,
  }
  return { ok: true, run, counts, differences }
}
