// Finds out by answers alone where one signs in and out, and who tells who one is: they differ from those at made-up paths.
import { headerOf } from '../../lib/flat-headers.ts'
import { isJsonObject } from '../../tokens/json.ts'
import type { Facts, SignInSeen, SignOutSeen, WhoamiSeen } from './found.ts'
import { askedFor, jsonIn, type Look } from './probe-look.ts'
import { signInPaths, signOutPaths, whoamiPaths } from './probe-paths.ts'

/** Whoever wants a password says so, and says so there alone. */
export async function signInAt({ ask, isOrdinary }: Look): Promise<SignInSeen | undefined> {
  for await (const [path, answer] of askedFor(signInPaths, (one) => ask('POST', one))) {
    if (answer.kind === 'none' || !REFUSALS.includes(answer.status)) continue
    if (await isOrdinary('POST', path, answer)) continue
    const how = `seen: it answered ${answer.status} to an empty POST, unlike made-up paths`
    const format = answer.status === 415 ? 'form' : 'json'
    return { path, format, fields: fieldsNamed(answer.body), how }
  }
  return undefined
}

/** Not 429: that may be what all this asking has come to. */
const REFUSALS: readonly number[] = [400, 401, 403, 415, 422]

/** What a refusal says is missing. */
function fieldsNamed(body: string) {
  const [account] = /\b(username|user_name|userName|email)\b/.exec(body) ?? []
  if (account === undefined) return []
  return [account, 'password'].map((name) => ({ name, required: true }))
}

export async function whoamiAt({
  ask,
  isOrdinary,
}: Look): Promise<Pick<Facts, 'whoami' | 'carry'>> {
  for await (const [path, answer] of askedFor(whoamiPaths, (one) => ask('GET', one))) {
    if (answer.kind === 'none') continue
    const { status, headers } = answer
    const tells = [401, 403].includes(status) || isJsonObject(jsonIn(answer))
    if (!tells || (await isOrdinary('GET', path, answer))) continue
    const how = `seen: it answered ${status} to nobody, unlike made-up paths`
    const whoami: WhoamiSeen = { path, how }
    const wants = headerOf(headers, 'www-authenticate') ?? ''
    if (!/^bearer\b/i.test(wants)) return { whoami }
    return { whoami, carry: { kind: 'bearer', how: `seen: GET ${path} asks for a Bearer token` } }
  }
  return {}
}

export async function signOutAt(
  { ask, isOrdinary }: Look,
  signIn: string,
): Promise<SignOutSeen | undefined> {
  for (const path of signOutPaths(signIn)) {
    const answer = await ask('POST', path)
    if (answer.kind === 'none' || answer.status >= 500 || [404, 405].includes(answer.status))
      continue
    if (await isOrdinary('POST', path, answer)) continue
    return { method: 'post', path, how: `seen: it answered ${answer.status}, unlike made-up paths` }
  }
  return undefined
}
