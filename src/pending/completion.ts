// A completion that comes by a call of its own: signed, for one attempt, in time, once; anything else changes nothing.
import type { Clock } from '../lib/clock.ts'
import type { PendingSessions } from '../session/pending.ts'
import { readJson } from '../tokens/json.ts'
import { valueAt } from '../tokens/pointer.ts'
import type { AttemptCodec } from './attempt.ts'
import type { CompletionFault, PendingEvents } from './pending-events.ts'
import type { Settle, Way } from './sign-ins.ts'
import { judgeSignature } from './signature.ts'

export type Completed =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly fault: CompletionFault }
  /** Nothing changed, and the same completion may be sent again. */
  | { readonly kind: 'unreachable'; readonly cause: unknown }

export interface CompletionOptions {
  readonly ways: ReadonlyMap<string, Way>
  readonly pending: Pick<PendingSessions, 'open'>
  readonly codec: AttemptCodec
  readonly clock: Clock
  readonly events: PendingEvents
  readonly settle: Settle
}

export function createCompletion(options: CompletionOptions) {
  const { ways, pending, codec, clock, events, settle } = options

  return async (id: string, body: Uint8Array, header: string | undefined): Promise<Completed> => {
    const address = codec.addressOf(id)
    const refuse = (fault: CompletionFault): Completed => {
      events.completionRefused(fault, address?.provider)
      return { kind: 'refused', fault }
    }
    const way = address && ways.get(address.provider)
    const secret = way?.config.secret
    if (!way || !secret) return refuse('unknown')
    const signed = judgeSignature(header, body, secret.reveal(), clock.now())
    if (signed !== 'good') return refuse(signed)
    // The signature says nothing of the address that it was sent to: the body has to.
    const text = Buffer.from(body).toString()
    if (valueAt(readJson(text), '/id') !== id) return refuse('swapped')

    const over = () => refuse(clock.now() >= address.until ? 'late' : 'duplicate')
    if ((await pending.open(address.storeKey)) !== 'open') return over()
    const verdict = await way.validator.read(body, new AbortController().signal)
    switch (verdict.kind) {
      case 'unreachable':
        events.unreachable(address.provider, verdict.cause)
        return { kind: 'unreachable', cause: verdict.cause }
      case 'unreadable':
        events.unreadable(address.provider, verdict.hint)
        return refuse('unreadable')
      case 'later':
        return refuse('unreadable')
      case 'valid':
      case 'invalid': {
        const settled = await settle(
          way,
          address,
          verdict.kind === 'valid'
            ? { kind: 'signed_in', who: verdict.who }
            : { kind: 'refused', reason: 'sign_in_refused' },
        )
        return settled === 'settled' ? { kind: 'done' } : over()
      }
    }
  }
}
