// Tells a stream how the sign-in by a link went that its browser waits for.
import type { Ticket } from '../session/ticket.ts'
import { refusedAt } from './confirm-context.ts'
import type { SignInContext } from './context.ts'
import type { EventStream } from './events-stream.ts'

/** Where the store did not answer, or may have said nothing. */
const AGAIN_MS = 1000
const REST_MS = 30_000
const AT_ONCE_MS = 500

/** `beside`: the stream goes on for a session when this sign-in came to nothing. */
export function watchPending(
  context: SignInContext,
  stream: EventStream,
  ticket: Ticket,
  beside: boolean,
): void {
  const { clock, pages, pending, events } = context
  if (!pending) return
  const { signIns } = pending
  let looking = false
  let again = false
  let cancel = () => {}
  const unwatch = signIns.watch(ticket.storeKey, changed)
  stream.onEnd(stop)
  changed()

  function stop(): void {
    cancel()
    unwatch()
  }

  function changed(): void {
    if (looking) again = true
    else void look()
  }

  async function look(): Promise<void> {
    looking = true
    cancel()
    try {
      do {
        again = false
        judge(await signIns.look(ticket))
      } while (again)
    } catch (error) {
      events.storeUnreachable(error)
      cancel = clock.after(AGAIN_MS, changed)
    }
    looking = false
  }

  function judge(view: Awaited<ReturnType<typeof signIns.look>>): void {
    if (stream.readable.destroyed) return
    cancel()
    if (view.kind === 'waiting') {
      cancel = clock.after(Math.max(AGAIN_MS, view.until - clock.now()), changed)
      return
    }
    stop()
    if (view.kind === 'ready') stream.send('signin.active', { to: pages.profile })
    if (view.kind === 'ended') {
      const { reason } = view
      stream.send('signin.refused', { reason, to: refusedAt(context, reason) })
    }
    if (view.kind === 'ready') stream.end(AT_ONCE_MS)
    else if (!beside) stream.end(REST_MS)
  }
}
