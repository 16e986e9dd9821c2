// Where in an answer, and what of somebody else, was found: "Bob's mail address in the header x-served-for". Pure.
import { readJson } from '../../tokens/json.ts'
import { SOMEBODY } from '../run.ts'
import { kindOf } from './doubts.ts'
import { plainName } from './hops.ts'
import { hitsIn } from './judge.ts'
import type { Knowledge } from './knowledge.ts'
import { type Hit, isStrong, type Marker } from './markers.ts'
import { readOwner } from './owner.ts'
import type { Whoami } from './target.ts'

export interface Sight {
  readonly in: 'body' | 'header'
  /** In a few words: `mail address`, `cookie`. */
  readonly what: string
  /** Name of the header, or the JSON Pointer (RFC 6901); empty for a body without either. */
  readonly where: string
}

export interface Seen {
  readonly headers: readonly string[]
  readonly body: string
}

export interface Looking {
  readonly user: string
  readonly owner: string
  /** Absent where the answer has no place for who one is. */
  readonly rule?: Whoami['owner'] | undefined
  /** What in this answer is foreign. */
  readonly foreign: ReadonlySet<Marker>
}

/** `undefined` where all of the answer is the other's, as far as anybody can tell. */
export function sightOf(seen: Seen, looking: Looking, knowledge: Knowledge): Sight | undefined {
  const { user, owner, rule, foreign } = looking
  if (owner === SOMEBODY) return undefined
  const { markers } = knowledge
  const inBody = markers.scan(seen.body)
  const hit = inBody.find(({ marker }) => foreign.has(marker))
  if (rule === undefined) {
    const isOwn = inBody.some(({ marker }) => marker.owner === user)
    if (hit && !isOwn && !isStrong(hit.marker)) return undefined
  } else {
    const told = readOwner(seen.body, rule)
    if (told.kind === 'owner' && told.value !== knowledge.expected(user)) return undefined
  }
  const inHeaders = headersWith(seen.headers, foreign, knowledge)
  const header = inHeaders.find(({ what }) => what === COOKIE) ?? inHeaders[0]
  if (header) return header
  if (!hit) return undefined
  const holds = (name: string, value: unknown) =>
    markers.scan(JSON.stringify({ [name]: value })).some(({ marker }) => marker === hit.marker)
  return { in: 'body', what: whatOf(hit), where: pointerTo(readJson(seen.body), holds) }
}

/** A session's, handed to somebody else: not whatever stands in a Set-Cookie. */
export const COOKIE = 'cookie'

function headersWith(
  headers: readonly string[],
  foreign: ReadonlySet<Marker>,
  knowledge: Knowledge,
): Sight[] {
  const sights: Sight[] = []
  for (let at = 0; at < headers.length; at += 2) {
    const [where = '', value = ''] = headers.slice(at, at + 2)
    const hits = hitsIn({ headers: [where, value], body: '' }, knowledge)
    const found = hits.filter(({ marker }) => foreign.has(marker))
    const own = found.find(({ marker }) => marker.kind === 'cookie' || marker.kind === 'token')
    const [first] = found
    if (own && plainName(where) === 'set-cookie') sights.push({ in: 'header', what: COOKIE, where })
    else if (first) sights.push({ in: 'header', what: whatOf(first), where })
  }
  return sights
}

function whatOf(hit: Hit): string {
  const { kind } = hit.marker
  if (kind === 'token') return kind
  if (kind === 'cookie') return COOKIE
  if (kind === 'nonce') return 'User-Agent'
  const told = kindOf(hit)
  return told === 'profile' ? 'data' : told
}

/** The first value that has it, under the name that it has or its list has; empty where none has. */
function pointerTo(root: unknown, holds: (name: string, value: unknown) => boolean): string {
  const walk = (value: unknown, place: string, name: string, depth: number): string | undefined => {
    if (typeof value === 'string' || typeof value === 'number') {
      return holds(name, value) ? place : undefined
    }
    if (typeof value !== 'object' || value === null || depth > 12) return undefined
    for (const [key, item] of Object.entries(value)) {
      const step = key.replaceAll('~', '~0').replaceAll('/', '~1')
      const found = walk(item, `${place}/${step}`, Array.isArray(value) ? name : key, depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }
  return walk(root, '', '', 0) ?? ''
}
