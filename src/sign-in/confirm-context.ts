// What the endpoints of sign-ins by a link are handed besides. Nothing here belongs to one user.
import type { PendingSignIns } from '../pending/sign-ins.ts'
import type { CookieShape } from '../session/cookie-shape.ts'
import type { CookieReader } from '../session/reader.ts'
import type { Ticket } from '../session/ticket.ts'
import type { Caller } from './caller.ts'
import type { SignInContext } from './context.ts'

export interface PendingContext {
  readonly signIns: PendingSignIns
  /** A cookie of its own: it signs nobody in. */
  readonly cookie: CookieShape
  readonly reader: CookieReader
}

/** The pending session that this browser says it began. */
export function pendingTicket({ pending }: SignInContext, { head }: Caller): Ticket | undefined {
  const read = pending?.reader.read(head.cookie)
  return read?.kind === 'ticket' ? read.opened.ticket : undefined
}

/** Where a refused sign-in leads, with its word. */
export function refusedAt({ pages }: SignInContext, reason: string): string {
  return `${pages.signIn}${pages.signIn.includes('?') ? '&' : '?'}reason=${encodeURIComponent(reason)}`
}
