// One after the other: everybody signs in alone and is looked at, so that whatever is wrong with the target file shows
// before anything is judged by it.
import { type Clock, pause } from '../../lib/clock.ts'
import { whyNotSignedIn, whyNotTold } from './assumptions.ts'
import type { Dice } from './dice.ts'
import { doubtsOf, seersOf } from './doubts.ts'
import type { Jar } from './jar.ts'
import type { Knowledge } from './knowledge.ts'
import type { Performer } from './perform.ts'
import { asks, fixation, visits } from './phases.ts'
import type { Stage } from './stage.ts'
import { type Observation, STRANGER, type Step, VISITOR } from './step.ts'
import { placeOf, type Target } from './target.ts'
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
}

/** So often is asked before the first answer counts as wrong: with several processes one of them may be right. */
const TRIES = 8

/** Of the whole time: 0.4 and 1.2 s of half a minute. */
const WAITS: readonly number[] = [0.4 / 30, 1.2 / 30]
const MOST_DOUBTS = 4

/** Rejects with `Unjudged` where the users cannot be told apart. */
export async function firstPhase(options: FirstPhaseOptions): Promise<void> {
  const { target, stage, performer, knowledge, dice, clock, check } = options
  const names = target.users.map(({ name }) => name)
  const settings = { ...target, names }
  const all: Observation[] = []
  const perform = async (...steps: Step[]) => {
    const seen = await performer.perform(
      stage,
      steps.map((step) => [step]),
    )
    all.push(...seen)
    return seen
  }

  const [first] = await perform(...visits(settings).slice(0, 1))
  if (first?.status === 0) throw new Unjudged(whyNotTold(performer.lastAnswer(STRANGER), target))
  for (const path of target.reads) {
    await perform({ do: 'ask', user: STRANGER, path, via: 'own', first: true })
  }
  // Cookies that anybody gets say nothing of anybody; each process or machine may give its own.
  for (let visit = 0; visit < 3; visit++) {
    await perform({ do: 'ask', user: VISITOR, path: target.whoami.path, via: 'fresh' })
  }

  for (const [index, name] of names.entries()) {
    check()
    const [signIn] = await perform({ do: 'sign-in', user: name })
    const answer = performer.lastAnswer(name)
    if (!signIn || !stage.actors.get(name)?.valid) {
      throw new Unjudged(whyNotSignedIn(answer, name, target))
    }
    await verify(name, answer)
    for (const path of target.reads) {
      const [read] = await perform({ do: 'ask', user: name, path, via: 'own', first: true })
      if (read) knowledge.usual.set(`${name} ${path}`, read.status)
    }
    const before = names[index - 1]
    if (before !== undefined) {
      await perform(
        ...asks(settings, [before]),
        ...asks(settings, [dice.pick(names.slice(0, index)) ?? before]),
      )
    }
    await performer.perform(stage, [visits(settings).slice(0, 1)])
  }
  for (const [turn, user] of dice.shuffle(names).entries()) {
    check()
    const via = turn % 2 === 0 ? 'own' : 'fresh'
    const steps = [target.whoami.path, ...target.reads].map(
      (path): Step => ({ do: 'ask', user, path, via }),
    )
    await perform(...steps)
  }
  await lookAgain()
  const [some] = names
  if (target.carry.kind === 'cookies' && some !== undefined) await tryFixation(some)

  async function verify(name: string, signIn: WireAnswer | undefined): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const via = tries % 2 === 0 ? 'own' : 'fresh'
      const path = target.whoami.path
      const [seen] = await perform({ do: 'ask', user: name, path, via, first: true })
      if (seen?.outcome === 'own') {
        const answer = performer.lastAnswer(name)
        const body = answer?.kind === 'answer' ? answer.body : ''
        knowledge.verified.add(name)
        knowledge.usual.set(`${name} ${path}`, seen.status)
        knowledge.learnProfile(name, body)
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

  /** What a cache of a second or two held at the first look is gone then, and another may come first. */
  async function lookAgain(): Promise<void> {
    const doubts = new Map(doubtsOf(all, target.ordinary).map((doubt) => [doubt.path, doubt]))
    for (const share of doubts.size === 0 ? [] : WAITS) {
      await pause(clock, target.timeouts.totalMs * share)
      for (const doubt of [...doubts.values()].slice(0, MOST_DOUBTS)) {
        check()
        const { path, owner } = doubt
        const [user = names.find((name) => name !== owner) ?? owner] = seersOf(doubt)
        const asking = [user, owner, user].map(
          (one): Step => ({ do: 'ask', user: one, path, via: 'own' }),
        )
        await perform(...asking)
      }
    }
  }

  async function tryFixation(user: string): Promise<void> {
    const visitor = stage.actors.get(VISITOR)
    const signedIn = stage.actors.get(user)
    if (!visitor || !signedIn) return
    plantMissing(visitor.jar, signedIn.jar, `${placeOf(target)}/`, dice)
    await performer.perform(stage, fixation(settings, user))
  }
}

/** Cookies of names that the sign-in sets, made up by a browser that was given none. */
function plantMissing(visitor: Jar, signedIn: Jar, place: string, dice: Dice): void {
  const has = new Set(visitor.pairs(place).map(([name]) => name))
  const missing = signedIn.pairs(place).filter(([name]) => !has.has(name))
  visitor.take(
    missing.map(([name]) => `${name}=${dice.word(24)}; Path=/`),
    place,
  )
}
