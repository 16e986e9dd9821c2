// Whose call it is, in a script: the files that hold the cookies and the token of each, and what they send of them. Pure.
import type { Names } from './curl-names.ts'
import { literal } from './curl-parts.ts'
import { hasCookie } from './evidence.ts'
import { isNobody } from './knowledge.ts'
import type { Observation, Step } from './step.ts'
import type { Action, Target, User } from './target.ts'

/** The fields of the user of this name; of nobody but the name. */
export function userOf(name: string, { users }: Target): User {
  return users.find((user) => user.name === name) ?? nobody(name)
}

/** What a sign-in or a sign-out sends; undefined of any other step, and where nobody can sign out. */
export function actionOf(does: Step['do'], { signIn, signOut }: Target): Action | undefined {
  if (does === 'sign-in') return signIn
  return does === 'sign-out' ? signOut : undefined
}

/** The flag that sends a token, where that is what carries a sign-in; empty for nobody. */
export function credential(name: string, { carry }: Target, names: Names): string {
  if (carry.kind === 'cookies' || isNobody(name)) return ''
  const before = literal(`${carry.name}: ${carry.before}`).replaceAll('"', '\\"')
  return ` -H "${before}$(cat ${tokenFile(name, names)})"`
}

/** With the headers where what is somebody else's stands among them, and with what redirects lead to. */
export function showing(one: Observation): string {
  const isInHeaders = one.sight?.in === 'header' || hasCookie(one)
  return `${isInHeaders ? ' -i' : ''}${one.redirected ? ' -L' : ''}`
}

/** Of the user's token, in quotes. */
export function tokenFile(name: string, names: Names): string {
  return `"$JARS/${names.file(name)}.token"`
}

function nobody(name: string): User {
  return { name, fields: { name } }
}
