// What users, their secrets and what a page had are called in a script for curl: no two the same. Pure.
import type { Target } from './target.ts'

export interface Names {
  /** Of the user's files: without what a path or a shell would read as something else. */
  file(user: string): string
  /** A mark for the variable of this user's field, such as `ALICE_PASSWORD`. */
  markOf(user: string, field: string): string
  /** The same for what the file itself says under this name, such as `TARGET_X_API_KEY`. */
  markOfTarget(name: string): string
  /** The variable for what a page had: in small letters, as no user's is. */
  ofPage(placeholder: string): string
  /** Those that were marked and that whoever runs the script has to set. */
  readonly variables: ReadonlySet<string>
}

/** Of no text that comes from elsewhere, as `withoutMarks` sees to: no character, and no half of one. */
const MARK = '\ufdd0'

export function createNames({ users }: Pick<Target, 'users'>): Names {
  const fileOf = createDistinct((user) => {
    const name = user.replaceAll(/[^\w-]/g, '_')
    return /[a-z0-9]/i.test(name) ? name : 'user'
  })
  const variableOf = createDistinct((text) =>
    text
      .toUpperCase()
      .replaceAll(/\W/g, '_')
      .replace(/^(?=\d)/, '_'),
  )
  const pageOf = createDistinct((placeholder) => placeholder.toLowerCase().replaceAll(/\W/g, '_'))
  const variables = new Set<string>()
  // In the order of the file, so that everybody is called the same in every script.
  for (const { name } of users) fileOf(name, name)

  function marked(key: string, text: string): string {
    const variable = variableOf(key, text)
    variables.add(variable)
    return markFor(variable)
  }

  return {
    file: (user) => fileOf(user, user),
    markOf: (user, field) => marked(`user\n${user}\n${field}`, `${fileOf(user, user)}_${field}`),
    markOfTarget: (name) => marked(`target\n${name}`, `target_${name}`),
    ofPage: (placeholder) => pageOf(placeholder, placeholder),
    variables,
  }
}

export function markFor(variable: string): string {
  return `${MARK}${variable}${MARK}`
}

/** What others say can be no mark. */
export function withoutMarks(text: string): string {
  return text.replaceAll(MARK, '\ufffd')
}

/** Each mark as its variable, and all else as `rest` has it. */
export function spellMarks(text: string, rest: (text: string) => string): string {
  const parts = text.split(MARK)
  return parts
    .map((part, at) => {
      if (at % 2 === 0) return rest(part)
      return /^\w/.test(parts[at + 1] ?? '') ? `\${${part}}` : `$${part}`
    })
    .join('')
}

/** By key the text as `plain` has it, numbered where somebody else is called so; some file systems know no capitals. */
function createDistinct(plain: (text: string) => string): (key: string, text: string) => string {
  const known = new Map<string, string>()
  const taken = new Set<string>()
  const spoken = (name: string) => name.toLowerCase().replaceAll('-', '_')
  return (key, text) => {
    const before = known.get(key)
    if (before !== undefined) return before
    const base = plain(text)
    let name = base
    for (let n = 2; taken.has(spoken(name)); n++) name = `${base}_${n}`
    taken.add(spoken(name))
    known.set(key, name)
    return name
  }
}
