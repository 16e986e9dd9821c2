// What looks like a secret by itself, known or not: tokens, long random words, what is sent as credentials. Pure.
import { HIDDEN } from './label.ts'

/** A JWT (RFC 7519) or JWE, or a long run of letters and digits that nobody would type: not a UUID, not plain hex. */
const LOOKS_LIKE_ONE = /eyJ[\w-]{5,}\.[\w-]*(?:\.[\w-]*){1,3}|[A-Za-z0-9_-]{32,}/g

/** `run` with whatever looks like one hidden; `keepRandom`: of these only JWTs. */
export function hideLikely(run: string, keepRandom: boolean): string {
  return run.replace(LOOKS_LIKE_ONE, keepRandom ? hideJwt : hideRandom)
}

/** The word of a scheme stands before it (RFC 9110, 11.4), and it is no word of a sentence. */
export function isSent(plain: string, start: number, run: string): boolean {
  if (plain[start - 1] !== ' ') return false
  const scheme = /(?:^|[^a-z])(bearer|basic) $/i.exec(plain.slice(Math.max(0, start - 8), start))
  if (!scheme) return false
  if (scheme[1]?.length === 6) return /\d|[a-z][A-Z]/.test(run)
  const pair = Buffer.from(run, 'base64').toString()
  return pair.includes(':') && !/[\p{C}\ufffd]/u.test(pair)
}

function hideRandom(run: string): string {
  if (run.startsWith('eyJ')) return HIDDEN
  const dense = /[A-Za-z0-9]{20,}/.exec(run)?.[0]
  if (dense === undefined || !/\d/.test(dense) || !/[A-Za-z]/.test(dense)) return run
  return run.length === 32 && /^[0-9a-f]+$/i.test(run) ? run : HIDDEN
}

function hideJwt(run: string): string {
  return run.startsWith('eyJ') && run.includes('.') ? HIDDEN : run
}
