// Links that are good once, for a minute, on one host: each lets one browser window in as one persona.
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Ticket } from '../session/ticket.ts'

export interface Link {
  readonly ticket: Ticket
  /** As in a Host header. */
  readonly host: string
  /** A path of ours. */
  readonly to: string
}

export interface Links {
  add(link: Link): { readonly code: string; readonly endsAt: number }
  /** To one caller, on the link's own host; a link asked for elsewhere is used up all the same. */
  take(code: string, host: string): Link | undefined
}

const LINK_MS = 60_000
const MOST = 1000

export function createLinks(clock: Clock, random: Random): Links {
  // Oldest first, since all live equally long.
  const links = new Map<string, Link & { readonly endsAt: number }>()
  return {
    add(link) {
      const now = clock.now()
      for (const [code, { endsAt }] of links) {
        if (endsAt > now && links.size < MOST) break
        links.delete(code)
      }
      const code = random(32).toString('base64url')
      const endsAt = now + LINK_MS
      links.set(code, { ...link, endsAt })
      return { code, endsAt }
    },
    take(code, host) {
      const link = links.get(code)
      links.delete(code)
      if (!link || clock.now() >= link.endsAt || link.host !== host.toLowerCase()) return undefined
      return link
    },
  }
}
