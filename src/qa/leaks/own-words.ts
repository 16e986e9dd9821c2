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

export function createOwnWords(): OwnWords {
  const looks = new Map<string, { path: string; user: string; bodies: string[] }>()

  function textsOf(bodies: readonly string[]): string[] {
    const [first = new Map<string, string>(), ...more] = bodies.map(leavesOf)
    const lasting = [...first].filter(([place, text]) =>
      more.every((one) => one.get(place) === text),
    )
    return [...new Set(lasting.map(([, text]) => text))].filter(isTelling)
  }

  return {
    add(path, user, body) {
      const key = `${path}\n${user}`
      const known = looks.get(key) ?? { path, user, bodies: [] }
      known.bodies.push(body)
      looks.set(key, known)
    },
    found() {
      const all = [...looks.values()]
      return all.flatMap(({ path, user, bodies }) => {
        const others = all.filter((one) => one.user !== user)
        const isOwn = (text: string) =>
          !others.some((one) => one.bodies.some((body) => body.includes(text)))
        const texts = bodies.length < 2 ? [] : textsOf(bodies).filter(isOwn)
        return texts.length === 0 ? [] : [{ path, user, texts: texts.slice(0, MOST_TEXTS) }]
      })
    },
  }
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
