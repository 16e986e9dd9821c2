// What a step asks of the target: by which call, of which path, on which connection. Pure.
import { fillPath, namesOf } from './placeholders.ts'
import { shownAddress } from './redact.ts'
import type { Step } from './step.ts'
import type { Action, Target, User } from './target.ts'
import type { Via } from './wire.ts'

/** A step that is a request. */
export type Asking = Exclude<Step, { readonly do: 'restart' }>

/** The call of a sign-in or a sign-out; undefined of what asks for a path, and where nobody can sign out. */
export function actionOf(step: Asking, { signIn, signOut }: Target): Action | undefined {
  if (step.do === 'sign-in') return signIn
  return step.do === 'sign-out' ? signOut : undefined
}

export function pathOf(step: Asking, target: Target): string {
  return 'path' in step ? step.path : (actionOf(step, target)?.path ?? '/')
}

export function isWhoamiOf(step: Step, { whoami }: Target): boolean {
  return step.do === 'ask' && step.path === whoami.path
}

export function viaOf(step: Asking): Via {
  // Who leaves does so on a connection that is open already, so that the request is on its way by then.
  return step.do === 'ask' ? step.via : 'own'
}

/** As a report has it: with the names of fields in place of their values. */
export function shownPath(path: string, user: User): string {
  return shownAddress(fillPath(path, namesOf(user)).replaceAll('%7B', '{').replaceAll('%7D', '}'))
}
