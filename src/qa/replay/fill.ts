// Puts back what a recording left out, `{{alice.password}}`: into a sign-in of the same persona, at the gateway's own address, and nowhere else. Pure.
import { HIDDEN } from '../record/label.ts'
import type { RecordedCall } from './recorded-call.ts'

/** Field by persona. */
export type Secrets = ReadonlyMap<string, Readonly<Record<string, string>>>

/** Where a gateway takes passwords; a recording does not get to choose. */
export const SIGN_IN_PATH = '/auth/login'

const PLACE = /\{\{([^{}]{1,128})\.([a-z0-9_]{1,128})\}\}/g
/** Stands for what was typed in vain. */
const WRONG = 'wrong_'

export interface Filled {
  readonly path: string
  readonly headers: readonly string[]
  readonly body: string | undefined
  /** How many could not be put back; they stay as they are. */
  readonly left: number
}

type Fillable = Pick<RecordedCall, 'persona' | 'signIn' | 'method' | 'path' | 'headers' | 'body'>

/** The persona's fields that `call` needs: none unless it is a sign-in. */
export function fieldsOf(call: Fillable): string[] {
  if (!takesSecrets(call)) return []
  return placesIn(call)
    .filter(({ persona, field }) => persona === call.persona && !field.startsWith(WRONG))
    .map(({ field }) => field)
}

/** Whether something of `call` cannot be put back, whatever is known. */
export function isLeftOut(call: Fillable): boolean {
  if (call.body?.includes(HIDDEN)) return true
  return placesIn(call).some(({ persona }) => !takesSecrets(call) || persona !== call.persona)
}

/** A sign-in that was recorded elsewhere goes to SIGN_IN_PATH if it holds a secret. */
export function fill(call: Fillable, secrets: Secrets): Filled {
  const { path, headers, body } = call
  if (body === undefined) return { path, headers, body, left: 0 }
  const isSignIn = takesSecrets(call)
  const isForm = !/^\s*\{/.test(body)
  let left = body.includes(HIDDEN) ? 1 : 0
  let secret = false
  const filled = body.replace(PLACE, (place, persona: string, field: string) => {
    const value =
      isSignIn && persona === call.persona ? fieldOf(field, secrets.get(persona)) : undefined
    if (value === undefined) {
      left++
      return place
    }
    if (!field.startsWith(WRONG)) secret = true
    return isForm ? encodeURIComponent(value) : JSON.stringify(value).slice(1, -1)
  })
  if (!secret) return { path, headers, body: filled, left }
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  const others = headers.flatMap((name, at) =>
    at % 2 === 0 && name !== 'content-type' ? [name, headers[at + 1] ?? ''] : [],
  )
  return { path: SIGN_IN_PATH, headers: ['content-type', type, ...others], body: filled, left }
}

/** A field of a persona; nothing of what every object has. */
function fieldOf(field: string, fields: Readonly<Record<string, string>> = {}): string | undefined {
  if (field.startsWith(WRONG)) return 'coatcheck-wrong'
  return Object.hasOwn(fields, field) ? fields[field] : undefined
}

function takesSecrets({ signIn, method }: Fillable): boolean {
  return signIn && method === 'POST'
}

function placesIn({ body = '' }: Fillable): Array<{ persona: string; field: string }> {
  return [...body.matchAll(PLACE)].map(([, persona = '', field = '']) => ({ persona, field }))
}
