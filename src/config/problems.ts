// Everything wrong with a configuration is collected with its place, and told at once.
import { fold } from './near.ts'
import { formatPath, type Path } from './tree.ts'

export interface ConfigProblem {
  /** `coatcheck.yaml:3:12`, the name of a variable, a flag, or `environment`. */
  readonly place: string
  /** `routes[0].upstream`; empty where no setting is meant. */
  readonly path: string
  /** What is wrong and how to mend it. Never a configured value: any could be a secret. */
  readonly message: string
  /** The word that was probably meant. */
  readonly hint?: string
}

/** Where a path was written; `key` asks for the name instead of its value. */
export interface Place {
  readonly name: string
  readonly line?: number
  readonly col?: number
}
export type Locate = (path: Path, part: 'key' | 'value') => Place

export interface Problems {
  add(path: Path, message: string, options?: { hint?: string | undefined; part?: 'key' }): void
  /** For what has no path, such as an unreadable file. */
  addAt(place: Place, message: string): void
  /** True when something is already known to be wrong at exactly this path. */
  at(path: Path): boolean
  readonly count: number
  /** In the order of the file; whatever came from outside it last. */
  list(): ConfigProblem[]
}

export function createProblems(locate: Locate): Problems {
  const found: { place: Place; problem: ConfigProblem }[] = []
  const paths = new Set<string>()
  const push = (place: Place, path: string, message: string, hint?: string) => {
    const problem = { place: formatPlace(place), path, message, ...(hint ? { hint } : {}) }
    found.push({ place, problem })
  }
  return {
    add(path, message, options = {}) {
      const text = formatPath(path)
      paths.add(text)
      push(locate(path, options.part ?? 'value'), text, message, options.hint)
    },
    addAt: (place, message) => push(place, '', message),
    at: (path) => paths.has(formatPath(path)),
    get count() {
      return found.length
    },
    list: () =>
      found.toSorted((a, b) => order(a.place) - order(b.place)).map(({ problem }) => problem),
  }
}

/** `coatcheck.yaml:3:12 session.idle: … (did you mean …)`, one line. */
export function formatProblem({ place, path, message, hint }: ConfigProblem): string {
  const meant = hint ? ` (did you mean ${hint})` : ''
  return `${path === '' || names(place, path) ? place : `${place} ${path}`}: ${message}${meant}`
}

/** A flag is known by its own name, and so is a variable that is called like its setting. */
function names(place: string, path: string): boolean {
  if (place.startsWith('--')) return true
  const named = /^COATCHECK_+(.+)$/i.exec(place)?.[1]
  return named !== undefined && fold(named) === fold(path.replaceAll(/[.[\]]/g, ''))
}

function formatPlace({ name, line, col }: Place): string {
  return line === undefined ? name : `${name}:${line}:${col ?? 1}`
}

function order({ line, col }: Place): number {
  return line === undefined ? Number.MAX_SAFE_INTEGER : line * 10_000 + Math.min(col ?? 0, 9_999)
}
