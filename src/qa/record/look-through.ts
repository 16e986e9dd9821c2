// Hides what stands under a secret's name, whatever it stands in: JSON in a form in an address in a page. Pure.
import { withEntities, withoutEntities } from '../../lib/entities.ts'
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { decoded, encodedButLabels, withoutUserInfo } from './encoded.ts'
import { membersIn, membersOf } from './json-members.ts'
import { HIDDEN } from './label.ts'
import { hideNamed } from './named-values.ts'
import { isNamingName, isValueName } from './pair-names.ts'

export interface LookThrough {
  /** A text; `depth`: how often it stands in something else. */
  look(plain: string, persona: string, depth: number): string
  /** A value that was read from JSON, with its texts free of known secrets too; itself where nothing was hidden. */
  walk(value: unknown, persona: string, depth: number): unknown
}

export interface LookThroughOptions {
  isSecretName(name: string): boolean
  /** What stands in the place of a value. */
  hide(persona: string, name: string, value: string): string
  /** Without any secret that is known, or looks like one. */
  text(plain: string): string
}

/** Where a name can end, or begin to be hidden. */
const WORTH_A_LOOK = /[=:<%]|\/\//
/** So often something may stand in something else. */
const DEPTH = 8
const JSON_DEPTH = 64

export function createLookThrough({ isSecretName, hide, text }: LookThroughOptions): LookThrough {
  /** Whatever it is. */
  function look(plain: string, persona: string, depth: number): string {
    if (!WORTH_A_LOOK.test(plain)) return plain
    if (depth > DEPTH) return HIDDEN
    if (/^\s{0,64}[[{"]/.test(plain)) {
      const value = readJson(plain)
      if (value !== undefined) {
        const walked = walk(value, persona, depth + 1)
        return isWritten(walked, value, plain) ? plain : JSON.stringify(walked)
      }
    }
    const values = {
      isSecretName,
      hide: (name: string, value: string) => hide(persona, name, value),
    }
    const hidden = entities(hideNamed(plain, values), persona, depth)
    return withoutUserInfo(percent(hidden, persona, depth))
  }

  /** What is escaped between tags and quotes is looked at as what it is. */
  function entities(plain: string, persona: string, depth: number): string {
    if (!/&(?:lt|quot|apos|#(?:34|39|60|x22|x27|x3c));/i.test(plain)) return plain
    return plain.replace(/[^<>"']+/g, (piece) => {
      const inner = withoutEntities(piece)
      if (inner === piece) return piece
      const looked = look(inner, persona, depth + 1)
      return looked === inner ? piece : withEntities(looked)
    })
  }

  /** Words that are encoded as in an address are looked at as what they are. */
  function percent(plain: string, persona: string, depth: number): string {
    if (!/%(?:25)*(?:3[ad]|2[2f]|3c|7b)/i.test(plain)) return plain
    return plain.replace(/[^\s"'<>=&?#;]+/g, (word) => {
      if (!word.includes('%')) return word
      const inner = decoded(word)
      if (inner === word) return word
      const looked = look(inner, persona, depth + 1)
      return looked === inner ? word : encodedButLabels(looked)
    })
  }

  /** The same value where there is nothing to hide. */
  function walk(value: unknown, persona: string, depth: number): unknown {
    if (depth > JSON_DEPTH) return HIDDEN
    if (typeof value === 'string') return text(look(value, persona, Math.min(depth, DEPTH)))
    if (Array.isArray(value)) {
      const [name, secret] = value
      if (value.length === 2 && typeof name === 'string' && typeof secret === 'string') {
        if (isSecretName(name)) return [text(name), hide(persona, name, secret)]
      }
      const items = value.map((item) => walk(item, persona, depth + 1))
      return items.some((item, at) => item !== value[at]) ? items : value
    }
    if (!isJsonObject(value)) return value
    let changed = false
    const all = Object.entries(value)
    const meant = all.find(
      ([name, item]) => typeof item === 'string' && isNamingName(name) && isSecretName(item),
    )?.[1] as string | undefined
    const members = all.map(([name, item]): [string, unknown] => {
      const plain = text(look(name, persona, Math.min(depth, DEPTH)))
      const isName = item === meant && isNamingName(name)
      const secret = isSecretName(name) && !isName ? name : undefined
      const beside = meant !== undefined && isValueName(name) ? meant : undefined
      const under = secret ?? beside
      const shown =
        under !== undefined && item !== null
          ? hide(persona, under, typeof item === 'string' ? item : '')
          : walk(item, persona, depth + 1)
      if (plain !== name || shown !== item) changed = true
      return [plain, shown]
    })
    return changed ? Object.fromEntries(members) : value
  }

  return { look, walk }
}

/** Nothing of it was hidden, and it was all read: of two members of one name the first was not. */
export function isWritten(walked: unknown, value: unknown, plain: string): boolean {
  return walked === value && membersOf(plain) === membersIn(value)
}
