// What of whoami's answer is the user's own without a second look: names, addresses and ids that stand for a person. Pure.
import { readJson } from '../../tokens/json.ts'
import { isOwnIdName, LEAST_ID_DIGITS } from './numbers.ts'
import type { Whoami } from './target.ts'

export interface Profile {
  readonly names: readonly string[]
  readonly mails: readonly string[]
  /** Numbers as they are written. */
  readonly ids: ReadonlyArray<{ readonly name: string; readonly text: string }>
}

/** Of one answer. */
const MOST = 500
const OF_PERSON =
  /^(user|profile|person(al)?(_?(data|info|details))?|account|owner|me|self|customer|member|client|patient|contact|identity|data|result|attributes)$/i
const NAME = /^((full|display|real|user|last|family)_?)?name$/i
const MAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/
const LEAST_NAME = 4

/** None where it is no JSON. A plan, a team and the machine have names and ids too: theirs are left out. */
export function profileIn(body: string, rule: Whoami['owner']): Profile {
  const names: string[] = []
  const mails: string[] = []
  const ids: Array<{ name: string; text: string }> = []
  const besideOwner = 'pointer' in rule ? rule.pointer.replace(/\/[^/]*$/, '') : ''
  const look = (name: string, text: string) => {
    if (text.length > 200 || names.length + mails.length + ids.length >= MOST) return
    if (MAIL.test(text)) mails.push(text)
    else if (NAME.test(name) && text.length >= LEAST_NAME) names.push(text)
    else if (isOwnIdName(name) && text.length >= LEAST_ID_DIGITS) ids.push({ name, text })
  }
  const walk = (value: unknown, place: string, isOwn: boolean, depth: number) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > 12) return
    for (const [name, item] of Object.entries(value)) {
      const here = `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (typeof item === 'object') {
        walk(item, here, here === besideOwner || (isOwn && OF_PERSON.test(name)), depth + 1)
      } else if (isOwn && (typeof item === 'string' || Number.isSafeInteger(item))) {
        look(name, String(item))
      }
    }
  }
  walk(readJson(body), '', true, 0)
  return { names, mails, ids }
}
