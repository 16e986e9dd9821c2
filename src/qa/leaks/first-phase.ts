// One after the other: everybody signs in alone and is looked at, so that whatever is wrong with the target file shows
// before anything is judged by it.
import { type Clock, pause } from '../../lib/clock.ts'
import { whyNotSignedIn, whyNotTold } from './assumptions.ts'
import type { Dice } from './dice.ts'
import { doubtsOf, seersOf } from './doubts.ts'
import type { Jar } from './jar.ts'
import type { Knowledge } from './knowledge.ts'
import { createOwnWords } from './own-words.ts'
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
  /** ms since the run began, and how many of them this phase may take for what can be done without. */
  readonly elapsed: () => number
  readonly shareMs: number
}

/** So often is asked before the first answer counts as wrong: with several processes one of them may be right. */
const TRIES = 8

/** Of the whole time: 0.4 and 1.2 s of half a minute. */
const WAITS: readonly number[] = [0.4 / 30, 1.2 / 30]
const MOST_DOUBTS = 4
/** So many sign in again to see whose words are their own, and so often. */
const MOST_LEARNERS = 4
const LESSONS = 4

/** Rejects with `Unjudged` where the users cannot be told apart. */
export async function firstPhase(options: FirstPhaseOptions): Promise<void> {
  const { target, stage, performer, knowledge, dice, clock, check } = options
  const names = target.users.map(({ name }) => name)
  const settings = { ...target, names }
  const all: Observation[] = []
  const ownWords = createOwnWords()
  // Two to begin with, and for each user a sign-in, whoami, the reads, and whoami of the one before.
  let needed = 2 + names.length * (3 + target.reads.length) + 4
  let asked = 0
  /** Whether there is time for so many requests that can be done without: the slower it answers, the fewer. */
  const hasTimeFor = (requests: number) =>
    options.elapsed() * ((asked + needed + requests) / Math.max(1, asked)) < options.shareMs
  const need = async (...steps: Step[]) => {
    const seen = await perform(...steps)
    needed = Math.max(0, needed - steps.length)
    return seen
  }
  const perform = async (...steps: Step[]) => {
    const seen = await performer.perform(
      stage,
      steps.map((step) => [step]),
    )
    all.push(...seen)
    asked += steps.length
    return seen
  }

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
  needed--
  if (hasTimeFor(unknown.length)) await perform(...unknown)
  else {
    all.push(...(await performer.perform(stage, [unknown])))
    asked++
  }

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
      if (read && index < MOST_LEARNERS && saysNothing(read)) {
        ownWords.add(path, name, bodyFor(name))
        if (hasTimeFor(1)) await lookAt(path, name)
      }
    }
    const before = names[index - 1]
    if (before !== undefined) {
      const another = dice.pick(names.slice(0, index)) ?? before
      await need(...asks(settings, [before]))
      if (hasTimeFor(1)) await perform(...asks(settings, [another]))
    }
    if (hasTimeFor(1)) await performer.perform(stage, [visits(settings).slice(0, 1)])
  }
  await learnOwnWords()
  for (const [turn, user] of dice.shuffle(names).entries()) {
    check()
    const via = turn % 2 === 0 ? 'own' : 'fresh'
    const steps = [target.whoami.path, ...target.reads].map(
      (path): Step => ({ do: 'ask', user, path, via }),
    )
    if (hasTimeFor(steps.length)) await perform(...steps)
  }
  await lookAgain()
  const [some] = names
  if (target.carry.kind === 'cookies' && some !== undefined) await tryFixation(some)

  async function verify(name: string, signIn: WireAnswer | undefined): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const via = tries % 2 === 0 ? 'own' : 'fresh'
      const path = target.whoami.path
      const [seen] = await need({ do: 'ask', user: name, path, via, first: true })
      if (seen?.outcome === 'own') {
        knowledge.verified.add(name)
        knowledge.usual.set(`${name} ${path}`, seen.status)
        knowledge.learnProfile(name, bodyFor(name))
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

  async function lookAt(path: string, user: string): Promise<void> {
    const [seen] = await perform({ do: 'ask', user, path, via: 'fresh' })
    if (seen) ownWords.add(path, user, bodyFor(user))
  }

  /**
   * Where nothing says whose an answer is, what each is told alone does, if it comes with every sign-in anew: what hangs
   * on a process, a machine or the moment goes with none of them.
   */
  async function learnOwnWords(): Promise<void> {
    const paths = [...new Set(ownWords.found().map(({ path }) => path))]
    const learners = names.slice(0, MOST_LEARNERS).toReversed()
    const requests = LESSONS * learners.length * (1 + paths.length)
    if (paths.length === 0 || !hasTimeFor(requests)) return
    for (let lesson = 0; lesson < LESSONS; lesson++) {
      for (const user of learners) {
        check()
        await perform({ do: 'sign-in', user })
        if (!stage.actors.get(user)?.valid) return
        for (const path of paths) await lookAt(path, user)
      }
    }
    for (const { user, texts } of ownWords.found()) knowledge.learnOwn(user, texts)
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

function saysNothing({ outcome, passed, status }: Observation): boolean {
  return outcome === 'plain' && passed === undefined && status >= 200 && status < 300
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
