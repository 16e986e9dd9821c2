// Where answers seem to tell whose they are, for whoever gave no rule: a hint, and never a verdict. Pure.
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { pointerStep } from '../../tokens/pointer.ts'
import { allSaid, textOf } from './identity.ts'
import { type Answer, type Asker, withoutQuery } from './owner.ts'

export interface Hints {
  /** An answer that no rule judged. */
  look(path: string, answer: Answer, asker: Asker): void
  /** Flags, and how often they fit: `--owner /username --owner-path /api/user (it fits 12 answers)`. */
  best(): string | undefined
}

interface Fit {
  readonly path: string
  readonly pointer: string
  readonly is: string
  /** Of those who asked. */
  readonly values: Set<string>
  answers: number
}

const MOST_LOOKS = 2_000
const MOST_FITS = 200
const MOST_TEXT = 65_536
/** What is shorter stands everywhere by chance. */
const LEAST = 3

export function createHints(): Hints {
  const fits = new Map<string, Fit>()
  let looks = 0

  function note(fit: Omit<Fit, 'values' | 'answers'>, value: string): void {
    const key = JSON.stringify(fit)
    const known = fits.get(key) ?? { ...fit, values: new Set<string>(), answers: 0 }
    if (!fits.has(key) && fits.size >= MOST_FITS) return
    known.values.add(value)
    known.answers++
    fits.set(key, known)
  }

  return {
    look(path, { status, body = '' }, { identity }) {
      if (status !== 200 || body.length > MOST_TEXT || looks++ >= MOST_LOOKS) return
      const said = allSaid(identity)
      for (const [pointer, text] of namesIn(readJson(body))) {
        const what = said.find(([, value]) => value === text && value.length >= LEAST)?.[0]
        if (what !== undefined) note({ path: withoutQuery(path), pointer, is: what }, text)
      }
    },
    best() {
      // What is the same for all who asked names a group, or always stands there.
      const [first] = [...fits.values()]
        .filter(({ values }) => values.size > 1)
        .sort((a, b) => b.values.size - a.values.size || b.answers - a.answers)
      if (!first) return undefined
      const { path, pointer, is, answers } = first
      const flags = `--owner ${pointer}${is === 'sub' ? '' : ` --is ${is}`} --owner-path ${path}`
      return `${flags} (it fits ${answers} answers)`
    },
  }
}

/** Texts and their JSON Pointers, of the document and of objects in it, two levels down; lists are passed by. */
function namesIn(document: unknown): Array<readonly [pointer: string, text: string]> {
  const found: Array<readonly [string, string]> = []
  const walk = (value: unknown, pointer: string, depth: number): void => {
    if (!isJsonObject(value)) return
    for (const [key, item] of Object.entries(value)) {
      const at = `${pointer}/${pointerStep(key)}`
      const text = textOf(item)
      if (text !== undefined) found.push([at, text])
      else if (depth > 0) walk(item, at, depth - 1)
    }
  }
  walk(document, '', 2)
  return found
}
