// One more provider's tokens for a session: under a new ticket, with whatever the old one held when it ended.
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { IssuedTokens } from '../tokens/token-set.ts'
import { type Envelopes, openSession, ownedBy } from './envelope.ts'
import type { Memory } from './memory.ts'
import type { OpenSession, SessionContent } from './session.ts'
import type { SessionStore } from './store.ts'
import { createTicket } from './ticket.ts'

export interface ExtenderOptions {
  readonly store: SessionStore
  readonly envelopes: Envelopes
  readonly memory: Memory
  readonly clock: Clock
  readonly random: Random
}

export function createExtender({ store, envelopes, memory, clock, random }: ExtenderOptions) {
  return async function extend(
    session: OpenSession,
    provider: string,
    tokens: IssuedTokens,
  ): Promise<OpenSession | undefined> {
    const old = session.ticket
    const ticket = createTicket(random)
    const { storeKey } = ticket
    const { seenAt, idleAt } = session
    const contentOf = (held: SessionContent) => ({
      ...held,
      tokens: ownedBy(storeKey, { ...held.tokens, [provider]: tokens }),
    })
    const facts = { ...session.record, revision: 1, seenAt, idleAt }
    const content = contentOf(session.content)
    const record = envelopes.seal(ticket, facts, content)
    // The new one first, so that a crash in between loses nothing; of two sign-ins at once only
    // the one that ends the old session may carry it on.
    const { mark } = await memory.reading(storeKey, () => store.add(storeKey, record))
    memory.end(old.storeKey)
    const ended = await store.delete(old.storeKey, 'replaced', clock.now())
    if (!ended) {
      await store.delete(storeKey, 'replaced', clock.now())
      return undefined
    }
    const renewed = ended.revision > session.record.revision && envelopes.unseal(old, ended)
    if (!renewed) {
      const extended = openSession(ticket, record, content)
      memory.remember(extended, mark)
      return extended
    }
    // What it held when it was read is spent by now.
    const { endsAt } = ended
    const latest = contentOf(renewed)
    const again = envelopes.seal(ticket, { ...facts, revision: 2, endsAt }, latest)
    // Nobody else has the new ticket yet: only an end can stand in the way.
    if (!(await store.replace(storeKey, again))) return undefined
    return openSession(ticket, again, latest)
  }
}
