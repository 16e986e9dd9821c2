// The page's frame: who is signed in, what happened to the session, and what stands below.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { SessionState } from '../../client/client.ts'
import { useSession } from '../../client/react.ts'
import { BugPanel } from './bug.tsx'
import { ChatEnd } from './chat.tsx'
import { Header } from './header.tsx'
import { Notice } from './notice.tsx'
import { neighbourOf, type Person, personAt, personCalled } from './people.ts'
import { Seen } from './seen.tsx'
import { SignedIn } from './signed-in.tsx'
import { SignedOut } from './signed-out.tsx'
import { useChat } from './use-chat.ts'
import { useJournal } from './use-journal.ts'
import { useLeaving } from './use-leaving.ts'
import { Who } from './who.tsx'

export function Page() {
  const state = useSession()
  const leaving = useLeaving(state)
  const journal = useJournal()
  const chat = useChat(state.session?.ref)
  const [bug, setBug] = useState(false)
  const closeBug = useCallback(() => setBug(false), [])

  const me = state.session && personCalled(state.session.name ?? state.session.sub)
  const host = personAt(location.hostname)
  const other = neighbourOf((me ?? host)?.username)
  const one = me ?? neighbourOf(other.username)
  const said = useSaid(state, me)

  const below = bug ? (
    <BugPanel one={one} other={other} onClose={closeBug} />
  ) : (
    <Seen calls={journal.calls} />
  )
  return (
    <div className="page" data-person={me?.username}>
      <Header other={other} bug={bug} onBug={() => setBug(!bug)} />
      <main>
        <Who me={me} state={state} leaving={leaving} />
        <p className="unseen" role="status">
          {said}
        </p>
        <Notice state={state} leaving={leaving} />
        {!state.session && <ChatEnd line={chat.line} />}
        {state.session && me ? (
          <SignedIn
            session={state.session}
            me={me}
            chat={chat}
            below={below}
            full={bug}
            look={journal.look}
          />
        ) : (
          <SignedOut state={state} host={host} below={below} />
        )}
      </main>
    </div>
  )
}

/** Also the title of the window. */
function useSaid({ status }: SessionState, me: Person | undefined): string {
  const [said, setSaid] = useState('')
  const before = useRef<string>(undefined)
  useEffect(() => {
    document.title = me ? `${me.first} · Coatcheck demo` : 'Coatcheck demo'
    if (status === 'loading') return
    const is = me ? `${me.name} is signed in.` : 'You are not signed in here.'
    // What is there from the start is read anyway.
    if (before.current !== undefined && before.current !== is) setSaid(is)
    before.current = is
  }, [status, me])
  return said
}
