// Knows whose every answer and every token is: owners have names that occur nowhere else, and an upstream puts them
// into all it says. Any mismatch is a leak.
import type { Answer } from './http.ts'
import type { UpstreamRequest } from './upstream.ts'

/** Tells the upstream who is really asking; nothing on the way reads it. */
export const ASKER = 'x-asker'

/** `o-007-owner`: whatever looks like this in an answer says whose it is. */
export function ownerName(index: number): string {
  return `o-${String(index).padStart(3, '0')}-owner`
}

export type Verdict =
  /** 2xx, computed for the one who asked. */
  | { kind: 'own' }
  /** The upstream's own answer of another status, about the one who asked. */
  | { kind: 'upstream'; status: number }
  /** The gateway's own answer. */
  | { kind: 'problem'; status: number; code: string }
  /** Something of somebody else, or a 2xx that is nobody's. */
  | { kind: 'foreign'; owners: readonly string[] }

export function judgeAnswer(asker: string, answer: Answer): Verdict {
  const said = answer.text + answer.rawHeaders.join('\n')
  const owners = new Set([...namesIn(said), ...tokensIn(said).map(ownerOf)])
  const others = [...owners].filter((owner) => owner !== asker)
  if (others.length > 0) return { kind: 'foreign', owners: others }
  const code = answer.headers['coatcheck-problem']
  if (code !== undefined) return { kind: 'problem', status: answer.status, code: String(code) }
  if (answer.status >= 300) return { kind: 'upstream', status: answer.status }
  return owners.has(asker) ? { kind: 'own' } : { kind: 'foreign', owners: ['nobody'] }
}

/** Whose token came with a request of somebody else, or what else is wrong with it; undefined when all is well. */
export function judgeArrival({ headers, path }: UpstreamRequest): string | undefined {
  const asker = headers[ASKER]
  if (asker === undefined) return undefined
  if (headers.cookie !== undefined) return `${path}: a cookie came along`
  const owners = tokensIn(headers.authorization ?? '').map(ownerOf)
  if (owners.length === 1 && owners[0] === asker) return undefined
  return `${path}: ${asker} asked with the token of ${owners.join() || 'nobody'}`
}

/** When a token of the test upstream was issued, epoch ms. */
export function issuedAt(token: string): number {
  return Number(claimsOf(token).iat) * 1000
}

function namesIn(text: string): string[] {
  return text.match(/o-\d{3}-owner/g) ?? []
}

function tokensIn(text: string): string[] {
  return text.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? []
}

function ownerOf(token: string): string {
  return String(claimsOf(token).identity)
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
