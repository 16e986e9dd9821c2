// Who a gateway says is signed in (GET /auth/session, POST /auth/login). Pure.
import { isJsonObject, readJson } from '../../tokens/json.ts'

/** Who a session is for. */
export interface Identity {
  /** Whose `sub` it is; undefined in recordings. */
  readonly provider: string | undefined
  readonly sub: string | undefined
  readonly name: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
}

/** `undefined` where the body says nothing of the kind. */
export function identityIn(body: string): Identity | undefined {
  const said = readJson(body)
  if (!isJsonObject(said) || said.authenticated !== true) return undefined
  const { claims } = said
  return {
    provider: textOf(said.provider),
    sub: textOf(said.sub),
    name: textOf(said.name),
    claims: isJsonObject(claims) ? claims : {},
  }
}

/** The gateway's own answer on whether somebody is signed in. */
export function isSessionAnswer(body: string): boolean {
  const said = readJson(body)
  return isJsonObject(said) && typeof said.authenticated === 'boolean'
}

/** `sub`, `name` or a claim; undefined where it is none that names anybody. */
export function saidOf(who: Identity, what: string): string | undefined {
  return what === 'sub' || what === 'name' ? who[what] : textOf(who.claims[what])
}

/** Names and values of all that an identity says. */
export function allSaid(who: Identity): Array<readonly [what: string, value: string]> {
  return ['sub', 'name', ...Object.keys(who.claims)].flatMap((what) => {
    const value = saidOf(who, what)
    return value === undefined ? [] : [[what, value] as const]
  })
}

/** What may name somebody: a text, or a number as text. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  return typeof value === 'number' ? String(value) : undefined
}
