// What stands in one user's answers alone, whenever he or she asks: learned where nothing else says whose an answer is. Pure.
import { readJson } from '../../tokens/json.ts'

export interface OwnWords {
  /** `body`: of an answer to this user, asked with nobody else about. */
  add(path: string, user: string, body: string): void
  /** For each path and user what stood at the same place in every one of the answers, two at least, and in nobody else's. */
  found(): Found[]
}

export interface Found {
  readonly path: string
  readonly user: string
  readonly texts: readonly string[]
}

/** Of one answer. */
const MOST_LEAVES = 500
const MOST_TEXTS = 20
/** Characters of an answer that teaches, and different words of a user: with more, nothing is called anybody's own. */
const MOST_BODY = 256 * 1024
const MOST_WORDS = 100_000

interface Looks {
  readonly path: string
  readonly user: string
  count: number
  /** What stood there in each. */
  lasting: ReadonlyMap<string, string>
}

export function createOwnWords(): OwnWords {
  const looks = new Map<string, Looks>()
  const large = new Set<string>()
  const words = new Map<string, Set<string>>()

  return {
    add(path, user, body) {
      if (body.length > MOST_BODY) return void large.add(path)
      const leaves = leavesOf(body)
      const said = words.get(user) ?? new Set()
      words.set(user, said)
      // As it is written, and as it reads.
      for (const text of [body, ...leaves.values()]) {
        for (const word of wordsOf(text)) if (said.size < MOST_WORDS) said.add(word)
      }
      const key = `${path}\n${user}`
      const known = looks.get(key)
      const kept = [...(known?.lasting ?? leaves)].filter(([place, text]) =>
        known ? leaves.get(place) === text : isTelling(text),
      )
      looks.set(key, { path, user, count: (known?.count ?? 0) + 1, lasting: new Map(kept) })
    },
    found() {
      return [...looks.values()].flatMap(({ path, user, count, lasting }) => {
        if (count < 2 || large.has(path)) return []
        const others = [...words].filter(([name]) => name !== user)
        const isOwn = (text: string) =>
          others.every(
            ([, said]) => said.size < MOST_WORDS && !wordsOf(text).every((one) => said.has(one)),
          )
        const texts = [...new Set(lasting.values())].filter(isOwn)
        return texts.length === 0 ? [] : [{ path, user, texts: texts.slice(0, MOST_TEXTS) }]
      })
    },
  }
}

/** Letters and digits, whatever stands between. */
function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? []
}

/** A code, an account, an address: no word, time, price or link. */
function isTelling(text: string): boolean {
  if (text.length > 200 || /\s/.test(text) || /^https?:|^\d{4}-\d\d/.test(text)) return false
  if (/^[^@]+@[^@]+\.[^@]+$/.test(text) || /^\d{9,}$/.test(text)) return true
  return text.length >= 8 && /\p{L}/u.test(text) && (text.match(/\d/g)?.length ?? 0) >= 4
}

/** JSON Pointer-like place → text. */
function leavesOf(body: string): Map<string, string> {
  const leaves = new Map<string, string>()
  const walk = (value: unknown, place: string, depth: number) => {
    if (leaves.size >= MOST_LEAVES) return
    if (typeof value === 'string') leaves.set(place, value)
    else if (typeof value === 'object' && value !== null && depth < 12) {
      for (const [key, item] of Object.entries(value)) walk(item, `${place}/${key}`, depth + 1)
    }
  }
  walk(readJson(body), '', 0)
  return leaves
}
