// A whole run against a target: every phase, the verdict, and the shortest history that shows what was found.
import { type Clock, systemClock } from '../../lib/clock.ts'
import type { Run, RunPhase } from '../run.ts'
import { whyRateLimited } from './assumptions.ts'
import { createDice } from './dice.ts'
import { firstPhase } from './first-phase.ts'
import { hostComplaint } from './hosts.ts'
import { createKnowledge } from './knowledge.ts'
import { createMessages } from './messages.ts'
import { createPace } from './pace.ts'
import { createPerformer, type Performer } from './perform.ts'
import { laterPhases } from './phases.ts'
import type { Progress } from './progress.ts'
import { createRedactor } from './redact.ts'
import { restartTarget } from './restart.ts'
import { runOf } from './run-of.ts'
import { settleRun } from './settle-run.ts'
import { shortestHistory } from './shortest.ts'
import { createStage, type Stage } from './stage.ts'
import type { Batch, Observation } from './step.ts'
import type { Target } from './target.ts'
import type { Course } from './time-up.ts'
import { Unjudged } from './unjudged.ts'
import { batchMs } from './usual-time.ts'
import { verdictOf, withHistory } from './verdict.ts'
import { openWire } from './wire.ts'

export interface LeaksOptions {
  readonly target: Target
  readonly clock?: Clock
  /** Aborted when whoever waits for the run leaves: ends what runs besides, such as a restart. */
  readonly leaving?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** Of the whole time, for the phases: the rest shrinks what they found, where they did. */
const PHASES_SHARE = { found: 0.7, nothing: 0.85 } as const
/** Of that, for the first one. */
const FIRST_SHARE = 0.4

/** Never rejects for what the target does. */
export async function runLeaks(options: LeaksOptions): Promise<Run> {
  const { target, clock = systemClock, onProgress = () => {}, leaving } = options
  const startedAt = clock.now()
  const until = startedAt + target.timeouts.totalMs
  const seen: Observation[] = []
  const phases: RunPhase[] = []
  const complaint = hostComplaint(target.origin, target.allowHosts)
  if (complaint !== undefined) {
    const why = verdictOf([], { why: complaint, target })
    return runOf({ target, startedAt, seen, phases }, why)
  }
  const dice = createDice(target.seed)
  const knowledge = createKnowledge(target)
  const messages = createMessages(knowledge, createRedactor(knowledge.markers))
  const names = target.users.map(({ name }) => name)
  const turn = createPace(target.rate, clock, until)
  let current = { title: '', done: 0, total: 0 }
  const times: number[] = []
  let leaks = 0
  let limited: string | undefined

  const performerOn = (wire: ReturnType<typeof openWire>): Performer =>
    createPerformer({
      target,
      wire,
      clock,
      startedAt,
      knowledge,
      messages,
      turn,
      leaveAfterMs: (usualMs) => Math.max(1, Math.round((usualMs * (20 + dice.roll(50))) / 100)),
      restart: () => restartTarget(target, wire, clock, until - clock.now(), leaving),
      times,
      observe,
    })
  const wireOptions = { origin: target.origin, clock, requestMs: target.timeouts.requestMs, until }
  const enter = (phase: string): Stage => createStage(phase, names, () => `ck${dice.word(14)}`)

  function observe(one: Observation): void {
    current.done++
    if (one.phase === SHRINK) return
    seen.push(one)
    if (one.outcome === 'foreign') leaks++
    if (one.status === 429)
      limited ??= whyRateLimited(seen.length, performer.lastAnswer(one.step.user))
    if (current.done % 16 === 0 || one.outcome === 'foreign') onProgress({ ...current, leaks })
  }

  const inTime = (untilMs: number) => clock.now() - startedAt < untilMs
  const phasesMs = () =>
    target.timeouts.totalMs * (leaks > 0 ? PHASES_SHARE.found : PHASES_SHARE.nothing)
  const courses: Course[] = []
  let why: string | undefined
  const wire = openWire(wireOptions)
  const performer = performerOn(wire)
  try {
    await within({ name: 'one-after-another', title: 'One after another' }, async (stage) => {
      const check = () => checkGoing()
      const elapsed = () => clock.now() - startedAt
      const shareMs = phasesMs() * FIRST_SHARE
      const common = { target, stage, performer, knowledge, dice, clock }
      await firstPhase({ ...common, check, elapsed, shareMs })
    })
    const inHurry = clock.now() - startedAt > phasesMs() * FIRST_SHARE
    const plans = laterPhases({ ...target, names, inHurry }, dice)
    for (const [index, plan] of plans.entries()) {
      const nowMs = clock.now() - startedAt
      const fairMs = nowMs + (phasesMs() - nowMs) / (plans.length - index)
      // What the phases after this one cannot do without.
      const later = plans.slice(index + 1).reduce((sum, one) => sum + one.least, 0)
      const untilMs = Math.min(fairMs, phasesMs() - later * batchMs(seen))
      const { title, batches, least } = plan
      current = { title, done: 0, total: batches.flat().length }
      await within(plan, async (stage) => {
        const needed = batches.slice(0, least)
        await perform(performer, stage, needed, phasesMs())
        if (stage.batches === needed.length) {
          await perform(performer, stage, batches.slice(least), untilMs)
        }
        courses.push({ title, done: stage.batches, least, of: batches.length })
      })
    }
  } catch (error) {
    if (!(error instanceof Unjudged)) throw error
    why = error.message
  } finally {
    await wire.close()
  }

  async function within(
    { name, title }: Pick<RunPhase, 'name' | 'title'>,
    work: (stage: Stage) => Promise<void>,
  ): Promise<void> {
    const startMs = clock.now() - startedAt
    current = { ...current, title }
    onProgress({ ...current, leaks })
    try {
      await work(enter(name))
    } finally {
      phases.push({ name, title, startMs, endMs: clock.now() - startedAt })
    }
  }

  function checkGoing(): void {
    if (limited !== undefined) throw new Unjudged(limited)
    if (!inTime(phasesMs())) {
      throw new Unjudged(
        'signing everybody in took all the time; set fewer users, or raise timeouts.total.',
      )
    }
  }

  /** Stops early, between two batches, once its time is up. */
  async function perform(
    performer: Performer,
    stage: Stage,
    batches: readonly Batch[],
    untilMs: number,
  ): Promise<Observation[]> {
    const done: Observation[] = []
    for (const batch of batches) {
      if (!inTime(untilMs)) break
      if (limited !== undefined) throw new Unjudged(limited)
      done.push(...(await performer.perform(stage, [batch])))
    }
    return done
  }

  const { judged, doubts, crowds } = settleRun(seen, { target, messages, knowledge })
  const facts = { target, startedAt, seen: judged, phases }
  const verdict = verdictOf(judged, { why, target, doubts, crowds, courses })
  if (verdict.outcome !== 'leak') return runOf(facts, verdict)
  current = { title: 'Looking for the shortest history', done: 0, total: 0 }
  onProgress({ title: current.title, done: 0, leaks })
  const shortest = await shortestHistory({
    target,
    seen: judged,
    bug: verdict.bug ?? 'unknown',
    until,
    clock,
    async attempt(batches) {
      // So that the same connection is the same process.
      const own = openWire({ ...wireOptions, connections: 1 })
      try {
        return await perform(performerOn(own), enter(SHRINK), batches, target.timeouts.totalMs)
      } catch (error) {
        if (error instanceof Unjudged) return []
        throw error
      } finally {
        await own.close()
      }
    },
  })
  return runOf(facts, withHistory(verdict, shortest, judged, target))
}

const SHRINK = 'shrink'
