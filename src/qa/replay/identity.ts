// Who a gateway says is signed in (GET /auth/session, POST /auth/login). Pure.
import { isJsonObject, readJson } from '../../tokens/json.ts'
import type { Identity } from './judge.ts'

/** `undefined` where the body says nothing of the kind. */
export function identityIn(body: string): Identity | undefined {
  const said = readJson(body)
  if (!isJsonObject(said) || said.authenticated !== true) return undefined
  const { sub, name, claims } = said
  return {
    sub: typeof sub === 'string' ? sub : undefined,
    name: typeof name === 'string' ? name : undefined,
    claims: isJsonObject(claims) ? claims : {},
  }
}
