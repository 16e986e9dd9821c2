// What a sign-in changes for the one who signs in, and for what is known of the phase.
import { readJson } from '../../tokens/json.ts'
import { valueAt } from '../../tokens/pointer.ts'
import { createJar } from './jar.ts'
import type { Knowledge } from './knowledge.ts'
import type { Actor, Stage } from './stage.ts'
import { placeOf, type Target } from './target.ts'

/** Begins with nothing, or with the cookies that `holding` was given. */
export function beginSignIn(
  stage: Stage,
  actor: Actor,
  holding: string | undefined,
  target: Target,
): void {
  if (stage.signingIn++ > 0) stage.overlapped = true
  stage.lastSignIn = undefined
  actor.token = undefined
  actor.jar = createJar()
  const other = holding === undefined ? undefined : stage.actors.get(holding)
  if (!other) return
  const page = `${placeOf(target)}/`
  const lines = other.jar.pairs(page).map(([name, value]) => `${name}=${value}; Path=/`)
  actor.jar.take(lines, page)
}

/** Afterwards `actor.valid` says whether there is something to carry. */
export function endSignIn(
  stage: Stage,
  actor: Actor,
  answer: { readonly status: number; readonly body: string },
  target: Target,
  knowledge: Knowledge,
): void {
  const alone = --stage.signingIn === 0 && !stage.overlapped
  if (stage.signingIn === 0) stage.overlapped = false
  const { carry } = target
  if (carry.kind === 'header') {
    const text = valueAt(readJson(answer.body), carry.from)
    if (typeof text === 'string' && text !== '') {
      actor.token = text
      const label = `{{${actor.name}.token}}`
      knowledge.markers.add({ owner: actor.name, text, kind: 'token', label })
    }
  }
  knowledge.learnSecrets(actor.name, answer.body)
  const carries =
    carry.kind === 'cookies'
      ? actor.jar.pairs(`${placeOf(target)}/`).length > 0
      : actor.token !== undefined
  actor.valid = answer.status > 0 && answer.status < 400 && carries
  if (actor.valid && alone) stage.lastSignIn = actor.name
}
