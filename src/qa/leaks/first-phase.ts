// One after the other: everybody signs in alone and is looked at, so that whatever is wrong with the target file shows
// before anything is judged by it.
import type { Clock } from '../../lib/clock.ts'
import { whyNotSignedIn, whyNotTold } from './assumptions.ts'
import type { Dice } from './dice.ts'
import type { Knowledge } from './knowledge.ts'
import { lookAgain } from './look-again.ts'
import { createOwnLessons, MOST_LEARNERS } from './own-lessons.ts'
import type { Performer } from './perform.ts'
import { asks, visits } from './phases.ts'
import { createSparing } from './sparing.ts'
import type { Stage } from './stage.ts'
import { type Observation, STRANGER, type Step, VISITOR } from './step.ts'
import type { Target } from './target.ts'
import { tryFixation } from './try-fixation.ts'
import { Unjudged } from './unjudged.ts'
import type { WireAnswer } from './wire.ts'

export interface FirstPhaseOptions {
  readonly target: Target
  readonly stage: Stage
  readonly performer: Performer
  readonly knowledge: Knowledge
  readonly dice: Dice
  readonly clock: Clock
  /** Throws when the time is up. */
  readonly check: () => void
  /** ms since the run began, and how many of them this phase may take for what can be done without. */
  readonly elapsed: () => number
  readonly shareMs: number
}

/** So often is asked before the first answer counts as wrong: with several processes one of them may be right. */
const TRIES = 8

/** Rejects with `Unjudged` where the users cannot be told apart. */
export async function firstPhase(options: FirstPhaseOptions): Promise<void> {
  const { target, stage, performer, knowledge, dice, clock, check } = options
  const names = target.users.map(({ name }) => name)
  const settings = { ...target, names }
  // One to begin with, and for each user a sign-in, whoami, the reads, and whoami of the one before.
  const needed = 1 + names.length * (3 + target.reads.length) + 4
  const { elapsed, shareMs } = options
  const sparing = createSparing({ performer, stage, needed, elapsed, shareMs })
  const { ask, need, hasTimeFor } = sparing
  const lessons = createOwnLessons({ target, stage, sparing, knowledge, bodyFor, check })

  const [first] = await need(...visits(settings).slice(0, 1))
  if (first?.status === 0) throw new Unjudged(whyNotTold(performer.lastAnswer(STRANGER), target))
  // Cookies that anybody gets say nothing of anybody; each process or machine may give its own.
  const { page } = target.signIn
  const places = [target.whoami.path, ...(page === undefined ? [] : [page])]
  const visit = places.map((path): Step => ({ do: 'ask', user: VISITOR, path, via: 'fresh' }))
  const unknown = [
    ...target.reads.map(
      (path): Step => ({ do: 'ask', user: STRANGER, path, via: 'own', first: true }),
    ),
    ...[visit, visit, visit].flat(),
  ]
  if (hasTimeFor(unknown.length)) await ask(...unknown)
  else await sparing.askAtOnce(unknown)

  for (const [index, name] of names.entries()) {
    check()
    const [signIn] = await need({ do: 'sign-in', user: name })
    const answer = performer.lastAnswer(name)
    if (!signIn || !stage.actors.get(name)?.valid) {
      throw new Unjudged(signIn?.lacks ?? whyNotSignedIn(answer, name, target))
    }
    await verify(name, answer)
    for (const path of target.reads) {
      const [read] = await need({ do: 'ask', user: name, path, via: 'own', first: true })
      if (read) knowledge.usual.set(`${name} ${path}`, read.status)
      if (read && index < MOST_LEARNERS && saysNothing(read)) await lessons.begin(path, name)
    }
    const before = names[index - 1]
    if (before !== undefined) {
      const another = dice.pick(names.slice(0, index)) ?? before
      await need(...asks(settings, [before]))
      if (hasTimeFor(1)) await ask(...asks(settings, [another]))
    }
    if (hasTimeFor(1)) await performer.perform(stage, [visits(settings).slice(0, 1)])
  }
  await lessons.learn()
  for (const [turn, user] of dice.shuffle(names).entries()) {
    check()
    const via = turn % 2 === 0 ? 'own' : 'fresh'
    const steps = [target.whoami.path, ...target.reads].map(
      (path): Step => ({ do: 'ask', user, path, via }),
    )
    if (hasTimeFor(steps.length)) await ask(...steps)
  }
  await lookAgain({ target, sparing, clock, check })
  const [some] = names
  if (target.carry.kind === 'cookies' && some !== undefined) await tryFixation(options, some)

  async function verify(name: string, signIn: WireAnswer | undefined): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const via = tries % 2 === 0 ? 'own' : 'fresh'
      const path = target.whoami.path
      const [seen] = await need({ do: 'ask', user: name, path, via, first: true })
      if (seen?.outcome === 'own') {
        knowledge.verified.add(name)
        knowledge.usual.set(`${name} ${path}`, seen.status)
        knowledge.learnProfile(name, bodyFor(name))
        if (names.indexOf(name) < MOST_LEARNERS) await lessons.begin(path, name)
        return
      }
      // Somebody else's answer is what is looked for, not a mistake in the file.
      if (seen?.outcome === 'foreign') {
        knowledge.verified.add(name)
        return
      }
    }
    throw new Unjudged(whyNotTold(performer.lastAnswer(name), target, { name, signIn }))
  }

  function bodyFor(name: string): string {
    const answer = performer.lastAnswer(name)
    return answer?.kind === 'answer' ? answer.body : ''
  }
}

function saysNothing({ outcome, passed, status }: Observation): boolean {
  return outcome === 'plain' && passed === undefined && status >= 200 && status < 300
}
