// Who is signed in here, and the way out.
import { useEffect, useRef } from 'react'
import type { SessionState } from '../../client/client.ts'
import { Avatar } from './avatar.tsx'
import type { Person } from './people.ts'
import type { Leaving } from './use-leaving.ts'
import { shortTimeOf } from './words.ts'

export interface WhoProps {
  readonly me: Person | undefined
  readonly state: SessionState
  readonly leaving: Leaving
}

export function Who({ me, state, leaving }: WhoProps) {
  const { status } = state
  const title = useRef<HTMLHeadingElement>(null)
  const shown = useRef<string>(undefined)
  useEffect(() => {
    if (status === 'loading') return
    const username = me?.username ?? 'nobody'
    const changed = shown.current !== undefined && shown.current !== username
    shown.current = username
    // What had the focus may have gone with the person.
    if (changed && document.activeElement === document.body) title.current?.focus()
  }, [status, me])

  return (
    <div className="who">
      {me && <Avatar initial={me.initial} />}
      <div>
        <h1 ref={title} tabIndex={-1}>
          {titleOf(me, state)}
        </h1>
        {status === 'unauthenticated' && state.reason !== 'session_changed' && (
          <p>Each name has an address of its own, so one browser holds several side by side.</p>
        )}
        {state.session && (
          <p>
            Signed in at {shortTimeOf(state.session.createdAt)}. Closes at{' '}
            {shortTimeOf(state.session.idleAt)} unless you do something.
          </p>
        )}
      </div>
      {state.session && (
        <button
          type="button"
          className="button quiet"
          disabled={leaving.pending}
          onClick={leaving.leave}
        >
          Sign out
        </button>
      )}
    </div>
  )
}

function titleOf(me: Person | undefined, { status, reason }: SessionState): string {
  if (me) return `You are ${me.name}`
  if (reason === 'session_changed') return 'Somebody else is signed in here'
  return status === 'loading' ? 'One moment' : 'Nobody is signed in here'
}
