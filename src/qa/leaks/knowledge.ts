// What is known of the users while a run goes on: what is theirs, what everybody may see, whose answers were right once.
import { isSecretName } from '../record/secret-names.ts'
import { createMarkers, type Hit, isStrong, type Marker, type Markers } from './markers.ts'
import { isIdName, LEAST_ID_DIGITS } from './numbers.ts'
import { textsIn } from './owner.ts'
import { fillText, valuesOf } from './placeholders.ts'
import { profileIn } from './profile.ts'
import { isRandom } from './random-looking.ts'
import { STRANGER, VISITOR } from './step.ts'
import type { Target } from './target.ts'

export interface Knowledge {
  readonly markers: Markers
  /** What whoami says for this user; `undefined` for visitors. */
  expected(name: string): string | undefined
  /** Whose whoami says that; `undefined` for nobody's. */
  ownerOf(value: string): string | undefined
  /** Belongs to somebody else, and nothing says that this user may see it here. */
  isForeign(hit: Hit, user: string, path: string): boolean
  /**
   * The first answer of this user at this path: what of others is in it passes from here on. `text`: all of the answer.
   */
  learnFirst(user: string, path: string, hits: readonly Hit[], text: string): void
  /** What of `owner` passes there passes no more. */
  distrust(user: string, path: string, owner: string): void
  /** The first answers of this user came out right. */
  readonly verified: Set<string>
  /** `user path` → status of the first answer there. */
  readonly usual: Map<string, number>
  /** Of whoami's answer, what stands beside the owner or is called as people are: the rest may be of the moment. */
  learnProfile(user: string, body: string): void
  /** What was seen of this user alone; unless it stood in the first answers of others. */
  learnOwn(user: string, texts: readonly string[]): void
  /**
   * What a sign-in's answer gives besides what is carried: refresh tokens and the like. It tells of nobody before everybody
   * has signed in once, since two may be given the same.
   */
  learnSecrets(user: string, body: string): void
}

export function createKnowledge(target: Target): Knowledge {
  const markers = createMarkers()
  const owners = new Map<string, string>()
  const expected = new Map<string, string>()
  const ordinary = new Map<string, Set<string>>()
  /** Who has signed in, and what looks like their tokens meanwhile. */
  const entered = new Set<string>()
  const unconfirmed = new Set<string>()
  /** First answers whole: they may hold what is known to be somebody's only later. */
  const firsts: Array<{ readonly key: string; readonly text: string }> = []
  let kept = 0
  for (const user of target.users) {
    const owner = fillText(target.whoami.is, valuesOf(user))
    expected.set(user.name, owner)
    owners.set(owner, user.name)
    const said = { owner: user.name, declared: true } as const
    for (const text of new Set([user.name, owner])) {
      const isNumber = /^\d+$/.test(text)
      markers.add({ ...said, text, kind: 'name', ...(isNumber ? { id: 'user' } : {}) })
    }
    for (const [field, text] of Object.entries(user.fields)) {
      if (isSecretName(field)) {
        // Shorter ones stand everywhere by chance, and reports show fields by their names anyway.
        if (text.length < LEAST_SECRET) continue
        const label = `{{${user.name}.${field}}}`
        markers.add({ ...said, text, kind: 'profile', label })
      } else if (/^\d{1,15}$/.test(text) && isIdName(field)) {
        markers.add({ ...said, text, kind: 'profile', id: field })
      } else if (text !== user.name && text !== owner && isTelling(text)) {
        markers.add({ ...said, text, kind: NAME_FIELD.test(field) ? 'name' : 'profile' })
      }
    }
  }
  /** Whatever was seen before anybody asked for it is what the service shows by itself. */
  const passIfSeen = (text: string) => {
    for (const first of firsts) if (first.text.includes(text)) ordinary.get(first.key)?.add(text)
  }
  const key = (user: string, path: string) => `${isNobody(user) ? STRANGER : user} ${path}`

  return {
    markers,
    expected: (name) => expected.get(name),
    ownerOf: (value) => owners.get(value),
    isForeign({ marker }, user, path) {
      if (marker.owner === user) return false
      if (isStrong(marker)) return !unconfirmed.has(marker.text)
      const everybody = ordinary.get(key(STRANGER, path))?.has(marker.text)
      return !everybody && !ordinary.get(key(user, path))?.has(marker.text)
    },
    learnFirst(user, path, hits, text) {
      const texts = hits.filter(({ marker }) => !isStrong(marker)).map(({ marker }) => marker.text)
      ordinary.set(key(user, path), new Set(texts))
      kept += text.length
      if (kept <= MOST_KEPT) firsts.push({ key: key(user, path), text })
    },
    distrust(user, path, owner) {
      const passing = ordinary.get(key(user, path))
      for (const text of passing ?? []) if (markers.ownerOf(text) === owner) passing?.delete(text)
    },
    verified: new Set(),
    usual: new Map(),
    learnProfile(user, body) {
      const { names, mails, ids } = profileIn(body, target.whoami.owner)
      const learn = (text: string, more: Pick<Marker, 'kind' | 'id'>) => {
        markers.add({ owner: user, text, ...more })
        passIfSeen(text)
      }
      for (const text of names) learn(text, { kind: 'name' })
      for (const text of mails) learn(text, { kind: 'profile' })
      for (const { name, text } of ids) {
        if (ID_DIGITS.test(text)) learn(text, { kind: 'profile', id: name })
        else if (isDistinctive(text)) learn(text, { kind: 'profile' })
      }
    },
    learnOwn(user, texts) {
      // What is not kept whole may have had it too.
      if (kept > MOST_KEPT) return
      const others = firsts.filter((first) => !first.key.startsWith(`${user} `))
      for (const text of texts) {
        if (others.some((first) => first.text.includes(text))) continue
        markers.add({ owner: user, text, kind: 'profile' })
      }
    },
    learnSecrets(user, body) {
      for (const [name, text] of textsIn(body).slice(0, MOST_TEXTS)) {
        if (!isSessionName(name) || !isRandom(text)) continue
        const label = `{{${user}.${/^\w{1,32}$/.test(name) ? name : 'token'}}}`
        const owner = markers.ownerOf(text)
        markers.add({ owner: user, text, kind: 'token', label })
        if (entered.size === target.users.length) continue
        if (owner === undefined) unconfirmed.add(text)
        else if (owner !== user && unconfirmed.has(text)) markers.ignore(text)
      }
      entered.add(user)
      if (entered.size === target.users.length) unconfirmed.clear()
    },
  }
}

export function isNobody(user: string): boolean {
  return user === VISITOR || user === STRANGER
}

/** Of what a sign-in answers: more than elsewhere is a credential there. */
function isSessionName(name: string): boolean {
  return isSecretName(name) || /^(access|refresh|session)/i.test(name)
}

const ID_DIGITS = new RegExp(`^\\d{${LEAST_ID_DIGITS},15}$`)
const NAME_FIELD = /name|nick|handle|login/i
const LEAST_SECRET = 4
/** Of one answer are learned. */
const MOST_TEXTS = 500
/** Characters of all first answers. */
const MOST_KEPT = 32_000_000

/** A field of the target file that stands nowhere by chance: an address, a number to call, several words, an id. */
function isTelling(text: string): boolean {
  if (text.length > 200) return false
  return isDistinctive(text) || (/\S \S/.test(text) && text.length >= 6) || /\d{7}/.test(text)
}

/** An address, or an identifier that nobody else has by chance; words and times may turn up anywhere. */
function isDistinctive(text: string): boolean {
  if (text.length > 200 || /\s/.test(text) || /^https?:/.test(text)) return false
  if (/^[^@]+@[^@]+\.[^@]+$/.test(text)) return true
  return text.length >= 16 && /[A-Za-z]/.test(text) && /\d/.test(text) && !/^\d{4}-\d\d/.test(text)
}
