// Is this number somebody's id here, and not a count, a time, a size or a price that is the same by chance? Pure.

/** From this many digits on, a number under an id's name is worth looking for in any answer. */
export const LEAST_ID_DIGITS = 5
/** From this many, it is nobody else's wherever it stands. */
const TELLING_DIGITS = 7
/** So far back is looked for what a number is called. */
const LOOKED_BACK = 160

/** `account_id` and `accountID` → `account id`. */
function wordsOf(name: string): string {
  return name
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/[^\p{L}\d]+/gu, ' ')
    .trim()
    .toLowerCase()
}

const ID = /(^| )(ids?|uid|pk|sub|no|nr|number|num|key|owner|user|account|customer|member|client)$/
/** Their ids are made anew for each answer, or counted up by it. */
const PASSING =
  /(^| )(request|trace|span|correlation|event|message|seq|sequence|log|visit|hit)( |$)/
const COUNTED =
  /(^| )(count|counter|total|size|length|bytes|time|timestamp|date|at|expires|exp|iat|nbf|ttl|price|amount|cents|balance|sum|cost|page|offset|limit|version|width|height|duration|age|year|uptime|visits|hits|views|port|score|points|rate|zip|postcode|order|invoice)$/
const PERSON =
  /(^| )(user|owner|account|customer|member|author|person|profile|client|patient|employee|subscriber|creator|uid|sub|by|for|whoami|me|viewer)( (id|no|nr|number|num))?$/

/** What stands under this name tells who somebody is. */
export function isIdName(name: string): boolean {
  const words = wordsOf(name)
  return ID.test(words) && !PASSING.test(words)
}

/**
 * `field`: what it stands under where it was learned. Shorter numbers count only where the answer says that they are
 * somebody; none counts as a part of a longer one, of a date or of an amount of money.
 */
export function isIdAt(text: string, at: number, length: number, field: string): boolean {
  const before = text.slice(Math.max(0, at - LOOKED_BACK), at)
  const after = text.slice(at + length, at + length + 8)
  if (PART_BEFORE.test(before) || PART_AFTER.test(after)) return false
  // Within a sentence no name stands for it.
  const isWhole = !before.endsWith('"') || after.startsWith('"')
  const names = isWhole ? namesBefore(before) : []
  if (names.length === 0 && /^,\d\d(?!\d)/.test(after)) return false
  const name = wordsOf(names[0] ?? '')
  if (length < LEAST_ID_DIGITS) {
    if (name === '') return false
    const isSame = name === wordsOf(field) && name !== 'id'
    return isSame || PERSON.test(name) || (name === 'id' && PERSON.test(wordsOf(names[1] ?? '')))
  }
  if (COUNTED.test(name) || PASSING.test(name)) return false
  if (length >= TELLING_DIGITS) return true
  // Orders and products are counted up as users are: their ids are the same by chance.
  const isThings = / (id|no|nr|num|number)$/.test(name) && !PERSON.test(name)
  return name === '' ? SAID.test(before) : !isThings || name === wordsOf(field)
}

const PART_BEFORE = /\d[.:-]$|(^|[\s:[(])-$|[+$€£¥]\s?$|\d\s$/
const PART_AFTER = /^([.:-]\d|\s?[%€£¥])/

/** In a page or an address: `/users/90221`, `Customer no. 90221`, `data-account="90221"`. */
const SAID =
  /(^|[^a-z])(id|uid|users?|owners?|accounts?|customers?|members?|clients?|authors?|profiles?|patients?)([-_ ]?(id|no|nr|number))?["']?[\s:=#./"'-]{1,4}$/i

/** The name that JSON gives to what comes next, and that of the object around it; fewer where they are not in sight. */
function namesBefore(before: string): string[] {
  const found = /"([^"\\]{1,64})"\s*:\s*(?:\[[\s\d,"-]*)?"?$/.exec(before)
  if (!found) return []
  const [, name = ''] = found
  const outer = /"([^"\\]{1,64})"\s*:\s*\{[^{}]*$/.exec(before.slice(0, found.index))
  return outer?.[1] === undefined ? [name] : [name, outer[1]]
}
