// Tells a stream what becomes of its session, for as long as there is one.

import type { Joined } from '../live/registry.ts'
import type { FoundSession } from '../session/find.ts'
import type { OpenSession } from '../session/session.ts'
import { endOf } from '../tokens/authorize.ts'
import type { SignInContext } from './context.ts'
import type { EventStream } from './events-stream.ts'
import { endedByItsToken } from './session.ts'
import { signedInBody } from './session-body.ts'

/** So long before its end a session counts as ending. */
const ENDING_MS = 60_000
/** Two clocks need not agree: a deadline that is past here may be ahead elsewhere. */
const AGAIN_MS = 1000
const REST_MS = 30_000
const AT_ONCE_MS = 500

/** Without a session the stream is counted, limited and drained only. */
export function watchSession(
  context: SignInContext,
  stream: EventStream,
  began: OpenSession | undefined,
): Joined {
  const { clock, live } = context
  let session = began
  let told = false
  let cancel = () => {}

  const joined = live.join('events', began, {
    // A stream is told first.
    keeps: () => true,
    looked: (found) => void take(found).catch(context.events.storeUnreachable),
    close: () => stream.end(AT_ONCE_MS),
  })
  if (joined.kind !== 'joined') return joined
  const { seat } = joined
  stream.onEnd(() => {
    cancel()
    seat.leave()
  })

  async function take(found: FoundSession): Promise<void> {
    if (!session) return
    if (found.kind !== 'active') return finish(found)
    const before = session
    session = found.session
    if (await endedByItsToken(context, session)) return
    if (issuedOf(before) !== issuedOf(session)) {
      told = false
      stream.send('session.refreshed', signedInBody(context, session))
    }
    plan()
  }

  function finish(found: Exclude<FoundSession, { kind: 'active' }>): void {
    session = undefined
    cancel()
    const why = found.kind === 'ended' ? found.reason : found.kind
    if (why === 'replaced') stream.send('session.changed', {})
    else stream.send('session.ended', { why: why === 'unsealable' ? 'absent' : why })
    stream.end(why === 'replaced' ? AT_ONCE_MS : REST_MS)
  }

  function plan(): void {
    cancel()
    if (!session) return
    const leftMs = leftOf(session)
    if (leftMs > ENDING_MS) told = false
    else if (!told) {
      told = true
      stream.send('session.ending', { seconds: Math.max(0, Math.ceil(leftMs / 1000)) })
    }
    const waitMs = leftMs > ENDING_MS ? leftMs - ENDING_MS : Math.max(leftMs, AGAIN_MS)
    // Requests elsewhere may have moved the end: the store knows.
    cancel = clock.after(waitMs, seat.look)
  }

  function leftOf(one: OpenSession): number {
    const now = clock.now()
    const all = [...context.providers.values()].map(({ provider }) => provider)
    return Math.min(one.idleAt, endOf(one, all, now)) - now
  }

  // What is there at the beginning is told by the state.
  queueMicrotask(plan)
  return joined
}

function issuedOf({ content }: OpenSession): string {
  return Object.entries(content.tokens)
    .map(([name, { issuedAt, access }]) => `${name} ${issuedAt} ${access}`)
    .join()
}
