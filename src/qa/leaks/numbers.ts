// Is this number somebody's id here, and not a count, a time, a size or a price that is the same by chance? Pure.

/** From this many digits on, a number under an id's name is worth looking for in any answer. */
export const LEAST_ID_DIGITS = 5
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
/** What says by itself that a person is meant, and no thing, count or sequence. */
const PEOPLE =
  'user|owner|account|customer|member|author|person|profile|client|patient|employee|subscriber'
const PERSON = new RegExp(`^((${PEOPLE})( (id|no|nr|number))?|uid|sub)$`)
const BARE = /^(ids?|pk|no|nr|num|number|key)$/
const PERSONS = new RegExp(`^(${PEOPLE})s?( ids?)?$`)

/** What stands under this name tells who somebody is. */
export function isIdName(name: string): boolean {
  const words = wordsOf(name)
  return ID.test(words) && !PASSING.test(words)
}

/** Under this name an answer of who one is has one's own id. */
export function isOwnIdName(name: string): boolean {
  const words = wordsOf(name)
  return words === 'id' || words === 'pk' || PERSON.test(words)
}

/**
 * `field`: what it stands under where it was learned. It counts as a whole value, and only where the answer says that it
 * is somebody: the ids of orders and quotes are counted up as those of users are, and are the same by chance.
 */
export function isIdAt(text: string, at: number, length: number, field: string): boolean {
  const before = text.slice(Math.max(0, at - LOOKED_BACK), at)
  const after = text.slice(at + length, at + length + 8)
  if (PART_BEFORE.test(before) || PART_AFTER.test(after)) return false
  // Within a sentence no name stands for it.
  const isWhole = !before.endsWith('"') || after.startsWith('"')
  const { name = '', outer = '', inList = false } = isWhole ? namesBefore(before) : {}
  if (name === '') return length >= LEAST_ID_DIGITS && SAID.test(before)
  return (
    PERSON.test(name) ||
    (inList && PERSONS.test(name)) ||
    (name === 'id' && PERSON.test(outer)) ||
    (name === wordsOf(field) && !BARE.test(name))
  )
}

const PART_BEFORE = /\d[.:-]$|(^|[\s:[(])-$|[+$€£¥]\s?$|\d\s$/
const PART_AFTER = /^([.:-]\d|\s?[%€£¥])/

/** In a page or an address: `/users/90221`, `Customer no. 90221`, `data-account="90221"`. */
const SAID = new RegExp(
  `(^|[^a-z])(?<!\\bper[ _-])(((${PEOPLE})s?|uid)/|((${PEOPLE})([-_ ]?(id|no|nr|number))?|uid)["']?[\\s:=#."'-]{1,4})$`,
  'i',
)

interface Named {
  readonly name?: string
  readonly outer?: string
  readonly inList?: boolean
}

/** The name that JSON gives to what comes next, and that of the object around it; none where they are not in sight. */
function namesBefore(before: string): Named {
  const found = /"([^"\\]{1,64})"\s*:\s*(\[[\s\d,"-]*)?"?$/.exec(before)
  if (!found) return {}
  const [, name = '', list] = found
  const outer = /"([^"\\]{1,64})"\s*:\s*\{[^{}]*$/.exec(before.slice(0, found.index))
  const words = { name: wordsOf(name), inList: list !== undefined }
  return outer?.[1] === undefined ? words : { ...words, outer: wordsOf(outer[1]) }
}
