// What of others stood in answers from the first look on: a list that shows everybody, or what nobody can tell. Pure.
import { isNobody } from './knowledge.ts'
import { type Hit, isStrong } from './markers.ts'
import type { Observation } from './step.ts'

/** `name` and `id`: such as lists and feeds show. The rest is for its owner's eyes, unless the service means otherwise. */
export type PassedKind = 'name' | 'id' | 'mail address' | 'profile' | 'secret'

export interface Passed {
  readonly owner: string
  readonly kind: PassedKind
}

/** At one path, one user's data in the answers of others, and nothing that says why. */
export interface Doubt {
  /** As the target file has it. */
  readonly path: string
  /** `GET /dash` */
  readonly asked: string
  readonly owner: string
  /** The most private of what was seen. */
  readonly kind: PassedKind
  readonly seenBy: readonly string[]
}

const BY_PRIVACY: readonly PassedKind[] = ['name', 'id', 'profile', 'mail address', 'secret']
const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$|^[0-9a-f]{16,64}$|^[0-9A-HJKMNP-TV-Z]{26}$/i

export function isPrivate(kind: PassedKind): boolean {
  return kind !== 'name' && kind !== 'id'
}

/** `hits`: of an answer in which nothing counts as foreign. */
export function passedIn(hits: readonly Hit[], user: string): Passed[] {
  const passed = new Map<string, Passed>()
  for (const hit of hits) {
    const { owner } = hit.marker
    if (owner === user || isStrong(hit.marker)) continue
    const kind = morePrivate(passed.get(owner)?.kind, kindOf(hit))
    passed.set(owner, { owner, kind })
  }
  return [...passed.values()]
}

/**
 * Where two see each other, both are on a list. What one of them alone is seen with may be as ordinary, and may as well
 * have been left there by whoever asked first: `ordinary` are the paths where somebody has said that it is meant.
 */
export function doubtsOf(seen: readonly Observation[], ordinary: readonly string[]): Doubt[] {
  const found = new Map<string, { doubt: Omit<Doubt, 'seenBy'>; seers: Set<string> }>()
  // The same to the same user at the same path is one array.
  const known = new Set<readonly Passed[]>()
  for (const { step, passed = [], method, path: shown } of seen) {
    if (step.do !== 'ask' || ordinary.includes(step.path) || known.has(passed)) continue
    known.add(passed)
    const { path, user } = step
    for (const { owner, kind } of passed) {
      const key = keyOf(path, owner)
      const { doubt, seers = new Set<string>() } = found.get(key) ?? {}
      const worst = morePrivate(doubt?.kind, kind)
      found.set(key, {
        doubt: { path, asked: doubt?.asked ?? `${method} ${shown}`, owner, kind: worst },
        seers: seers.add(user),
      })
    }
  }
  return [...found.values()].flatMap(({ doubt, seers }) => {
    const isSeen = (user: string) => found.get(keyOf(doubt.path, user))?.seers.has(doubt.owner)
    return [...seers].some(isSeen) ? [] : [{ ...doubt, seenBy: [...seers] }]
  })
}

/** Whether this answer has something of which nobody can tell. */
export function isDoubtful({ step, passed }: Observation, doubts: readonly Doubt[]): boolean {
  return (
    step.do === 'ask' &&
    passed !== undefined &&
    doubts.some(
      ({ path, owner }) => path === step.path && passed.some((one) => one.owner === owner),
    )
  )
}

/**
 * Where an answer at the same path was somebody else's beyond doubt, what was private and passed there was so too. What
 * is left in doubt is nobody's verified own.
 */
export function settled(
  seen: readonly Observation[],
  all: readonly Doubt[],
): { readonly seen: readonly Observation[]; readonly doubts: readonly Doubt[] } {
  const told = all.filter(({ kind }) => isPrivate(kind))
  if (told.length === 0) return { seen, doubts: all }
  const wrong = new Set(
    seen.flatMap(({ outcome, step }) =>
      outcome === 'foreign' && step.do === 'ask' ? [step.path] : [],
    ),
  )
  const judged = seen.map((one): Observation => {
    if (one.outcome === 'foreign') return one
    const doubt = told.find((candidate) => isDoubtful(one, [candidate]))
    if (!doubt) return one
    if (wrong.has(doubt.path)) return { ...one, outcome: 'foreign', owner: doubt.owner }
    return one.outcome === 'own' ? { ...one, outcome: 'plain' } : one
  })
  return { seen: judged, doubts: all.filter((one) => !told.includes(one) || !wrong.has(one.path)) }
}

export function seersOf({ seenBy }: Doubt): string[] {
  return seenBy.filter((user) => !isNobody(user))
}

function kindOf({ marker, inAddress }: Hit): PassedKind {
  const { kind, text, label } = marker
  if (label !== undefined) return 'secret'
  if (inAddress) return 'mail address'
  if (kind === 'name') return 'name'
  if (/^[^@\s]+@[^@\s]+\.\w/.test(text)) return 'mail address'
  return ID.test(text) ? 'id' : 'profile'
}

function morePrivate(a: PassedKind | undefined, b: PassedKind): PassedKind {
  return a !== undefined && BY_PRIVACY.indexOf(a) > BY_PRIVACY.indexOf(b) ? a : b
}

function keyOf(path: string, owner: string): string {
  return `${path}\n${owner}`
}
