// What happens to sign-ins by a link, for log and metrics: words and names, never a link or a token.
import type { Outcome } from '../session/pending.ts'

/** Why a completion changed nothing. */
export type CompletionFault =
  /** An id that this gateway did not make. */
  | 'unknown'
  | 'forged'
  /** Signed more than five minutes ago, or ahead. */
  | 'stale'
  /** Meant for another attempt. */
  | 'swapped'
  /** Settled, or given up, already. */
  | 'duplicate'
  | 'late'
  | 'unreadable'

export interface PendingEvents {
  settled(provider: string, outcome: Outcome): void
  completionRefused(fault: CompletionFault, provider: string | undefined): void
  /** `hint` names keys and settings, never values. */
  unreadable(provider: string, hint: string): void
  unreachable(provider: string, cause: unknown): void
  /** The outcome was not published; the browser hears of it all the same. */
  pushFailed(provider: string, cause: unknown): void
  failed(error: unknown): void
}
