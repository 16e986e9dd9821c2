// Signs a user in by a browser whose session cookie was made up before: is it signed in after that?
import type { Dice } from './dice.ts'
import type { Jar } from './jar.ts'
import type { Performer } from './perform.ts'
import { fixation } from './phases.ts'
import type { Stage } from './stage.ts'
import { VISITOR } from './step.ts'
import { placeOf, type Target } from './target.ts'

export interface FixationOptions {
  readonly target: Target
  readonly stage: Stage
  readonly performer: Performer
  readonly dice: Dice
}

export async function tryFixation(
  { target, stage, performer, dice }: FixationOptions,
  user: string,
): Promise<void> {
  const names = target.users.map(({ name }) => name)
  const visitor = stage.actors.get(VISITOR)
  const signedIn = stage.actors.get(user)
  if (!visitor || !signedIn) return
  plantMissing(visitor.jar, signedIn.jar, `${placeOf(target)}/`, dice)
  await performer.perform(stage, fixation({ ...target, names }, user))
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
