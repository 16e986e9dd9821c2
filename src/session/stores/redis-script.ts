// What a Lua script for Redis is here: it runs whole or not at all, and its reply says which call it answers.
import { createHash } from 'node:crypto'

export interface Script {
  readonly text: string
  /** SHA-1 of the text: how Redis knows a script it has seen. */
  readonly sha: string
  /** Asked twice it does and answers what it does once: it may be asked again where no answer came. */
  readonly repeatable: boolean
}

/** Ends the mark of a call that is asked again. */
export const AGAIN = '!'

/** The last argument of every call, its mark, comes back first in its reply: a reply that is somebody else's is known by it. */
export function script(body: string, { repeatable = false } = {}): Script {
  const text = `${TOOLS}local function answer()\n${body.trim()}\nend\nreturn {ARGV[#ARGV], answer()}`
  return { text, repeatable, sha: createHash('sha1').update(text).digest('hex') }
}

export const repeatableScript = (body: string) => script(body, { repeatable: true })

/** `head` is the fixed part of a record; see redis-record.ts for the places. */
const TOOLS = `local again = string.sub(ARGV[#ARGV], -1) == '!'
local function num(text, from, to) return tonumber(string.sub(text, from, to)) end
local function live(head, now)
  return head ~= '' and string.sub(head, 3, 3) ~= 'e' and num(head, 44, 58) > tonumber(now)
end
local function later(a, b) if tonumber(a) < tonumber(b) then return b end return a end
`

/**
 * Redis outlives the moments that decide: those are the caller's. Its own expiry only wins memory back, and comes
 * later by this much, for a caller whose clock is behind.
 */
export const SLACK_MS = 60_000

/** Milliseconds that Redis keeps what ends at `endsAt`. */
export function keepMs(endsAt: number, now: number): number {
  return Math.max(1, Math.trunc(endsAt - now)) + SLACK_MS
}
