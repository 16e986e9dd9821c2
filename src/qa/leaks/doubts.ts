// What of others stood in answers from the first look on: a list that shows everybody, or what nobody can tell. Pure.
import { isNobody } from './knowledge.ts'
import { type Hit, isStrong } from './markers.ts'
import type { Observation } from './step.ts'
import type { Target } from './target.ts'

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

/** At one path, people who are shown each other: a list of everybody, or one that nobody has narrowed down. */
export interface Crowd {
  /** As the target file has it. */
  readonly path: string
  /** `GET /members` */
  readonly asked: string
  /** The most private of what was seen. */
  readonly kind: PassedKind
  readonly people: ReadonlySet<string>
  /** There it is known all the same whose an answer is. */
  readonly isWhoami: boolean
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
  const found = seenIn(seen, ordinary)
  return [...found.values()].flatMap(({ doubt, seers }) =>
    isMutual(found, doubt, seers) ? [] : [{ ...doubt, seenBy: [...seers] }],
  )
}

/** One for each path where users see each other. */
export function crowdsOf(
  seen: readonly Observation[],
  { ordinary, whoami }: Pick<Target, 'ordinary' | 'whoami'>,
): Crowd[] {
  const found = seenIn(seen, ordinary)
  const crowds = new Map<string, Crowd & { readonly people: Set<string> }>()
  for (const { doubt, seers } of found.values()) {
    if (!isMutual(found, doubt, seers)) continue
    const { path, asked, kind, owner } = doubt
    const { people = new Set<string>(), kind: before } = crowds.get(path) ?? {}
    crowds.set(path, {
      path,
      asked,
      kind: morePrivate(before, kind),
      people: people.add(owner),
      isWhoami: path === whoami.path,
    })
  }
  return [...crowds.values()]
}

type Found = ReadonlyMap<string, { readonly doubt: Omit<Doubt, 'seenBy'>; seers: Set<string> }>

function isMutual(found: Found, { path, owner }: Omit<Doubt, 'seenBy'>, seers: Set<string>) {
  return [...seers].some((user) => found.get(keyOf(path, user))?.seers.has(owner))
}

function seenIn(seen: readonly Observation[], ordinary: readonly string[]): Found {
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
  return found
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

/** What shows people of a crowd is nobody's verified own: whoever asks is only one of them. */
export function withoutCrowds(
  seen: readonly Observation[],
  crowds: readonly Crowd[],
): readonly Observation[] {
  if (crowds.length === 0) return seen
  return seen.map(
    (one): Observation =>
      one.outcome === 'own' && isOfCrowd(one, crowds) ? { ...one, outcome: 'plain' } : one,
  )
}

/** Whether this answer shows people of a crowd, and nothing besides says whose it is. */
export function isOfCrowd({ step, passed }: Observation, crowds: readonly Crowd[]): boolean {
  return (
    step.do === 'ask' &&
    passed !== undefined &&
    crowds.some(
      ({ path, people, isWhoami }) =>
        !isWhoami && path === step.path && passed.some(({ owner }) => people.has(owner)),
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

export function kindOf({ marker, inAddress }: Hit): PassedKind {
  const { kind, text, label, id } = marker
  if (label !== undefined) return 'secret'
  if (inAddress) return 'mail address'
  if (kind === 'name') return 'name'
  if (/^[^@\s]+@[^@\s]+\.\w/.test(text)) return 'mail address'
  return id !== undefined || ID.test(text) ? 'id' : 'profile'
}

/** The first where both are the same. */
export function morePrivate(a: PassedKind | undefined, b: PassedKind): PassedKind {
  return a !== undefined && BY_PRIVACY.indexOf(a) >= BY_PRIVACY.indexOf(b) ? a : b
}

function keyOf(path: string, owner: string): string {
  return `${path}\n${owner}`
}
