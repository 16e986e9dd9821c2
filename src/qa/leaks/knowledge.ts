// What is known of the users while a run goes on: what is theirs, what everybody may see, whose answers were right once.
import { createMarkers, type Hit, isStrong, type Markers } from './markers.ts'
import { textsIn } from './owner.ts'
import { fillText, valuesOf } from './placeholders.ts'
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
   * The first answer of this user at this path: the names of others in it are ordinary from here on. Unless it looks
   * just like somebody else's own: then that one's name comes back.
   */
  learnFirst(user: string, path: string, hits: readonly Hit[]): string | undefined
  /** The first answers of this user came out right. */
  readonly verified: Set<string>
  /** `user path` → status of the first answer there. */
  readonly usual: Map<string, number>
  learnProfile(user: string, body: string): void
  /** What a sign-in's answer gives besides what is carried: refresh tokens and the like. */
  learnSecrets(user: string, body: string): void
}

export function createKnowledge(target: Target): Knowledge {
  const markers = createMarkers()
  const owners = new Map<string, string>()
  const expected = new Map<string, string>()
  const ordinary = new Map<string, Set<string>>()
  /** `user path` where the first answer had something of the user in it. */
  const ownPages = new Set<string>()
  for (const user of target.users) {
    const owner = fillText(target.whoami.is, valuesOf(user))
    expected.set(user.name, owner)
    owners.set(owner, user.name)
    markers.add({ owner: user.name, text: user.name, kind: 'name' })
    if (owner !== user.name) markers.add({ owner: user.name, text: owner, kind: 'name' })
    for (const [field, text] of Object.entries(user.fields)) {
      // Shorter ones stand everywhere by chance, and reports show fields by their names anyway.
      if (!SECRET_FIELD.test(field) || text.length < LEAST_SECRET) continue
      const label = `{{${user.name}.${field}}}`
      markers.add({ owner: user.name, text, kind: 'profile', label })
    }
  }
  const key = (user: string, path: string) => `${isNobody(user) ? STRANGER : user} ${path}`

  return {
    markers,
    expected: (name) => expected.get(name),
    ownerOf: (value) => owners.get(value),
    isForeign({ marker }, user, path) {
      if (marker.owner === user) return false
      if (isStrong(marker)) return true
      const everybody = ordinary.get(key(STRANGER, path))?.has(marker.text)
      return !everybody && !ordinary.get(key(user, path))?.has(marker.text)
    },
    learnFirst(user, path, hits) {
      const everybody = ordinary.get(key(STRANGER, path))
      const telling = hits.filter(({ marker }) => isStrong(marker) || !everybody?.has(marker.text))
      const owners = new Set(telling.map(({ marker }) => marker.owner))
      const [other = ''] = owners
      if (owners.has(user)) ownPages.add(key(user, path))
      else if (owners.size === 1 && ownPages.has(key(other, path))) return other
      const texts = hits.filter(({ marker }) => !isStrong(marker)).map(({ marker }) => marker.text)
      ordinary.set(key(user, path), new Set(texts))
      return undefined
    },
    verified: new Set(),
    usual: new Map(),
    learnProfile(user, body) {
      for (const [, text] of textsIn(body)) {
        if (isDistinctive(text)) markers.add({ owner: user, text, kind: 'profile' })
      }
    },
    learnSecrets(user, body) {
      for (const [name, text] of textsIn(body)) {
        if (text.length < 16 || /\s/.test(text) || !SECRET_NAME.test(name)) continue
        const label = `{{${user}.${/^\w{1,32}$/.test(name) ? name : 'token'}}}`
        markers.add({ owner: user, text, kind: 'token', label })
      }
    },
  }
}

export function isNobody(user: string): boolean {
  return user === VISITOR || user === STRANGER
}

const SECRET_FIELD = /pass|pwd|secret|token|pin|otp|key|code/i
const SECRET_NAME = /token|jwt|session|sid|secret|credential|access|refresh|key/i
const LEAST_SECRET = 4

/** An address, or an identifier that nobody else has by chance; words and times may turn up anywhere. */
function isDistinctive(text: string): boolean {
  if (text.length > 200 || /\s/.test(text) || /^https?:/.test(text)) return false
  if (/^[^@]+@[^@]+\.[^@]+$/.test(text)) return true
  return text.length >= 16 && /[A-Za-z]/.test(text) && /\d/.test(text) && !/^\d{4}-\d\d/.test(text)
}
