// The desk of somebody who is signed in: ticket and token above, below what became of them.
import { type ReactNode, useCallback, useState } from 'react'
import type { Session } from '../../client/client.ts'
import { Counter } from './counter.tsx'
import type { Person } from './people.ts'
import { Side } from './side.tsx'
import { Ticket } from './ticket.tsx'
import { useBurst } from './use-burst.ts'
import type { Chat } from './use-chat.ts'
import { useToken } from './use-token.ts'

export interface SignedInProps {
  readonly session: Session
  readonly me: Person
  readonly chat: Chat
  readonly below: ReactNode
  /** True: what is below takes the whole width. */
  readonly full: boolean
  /** Asks what the upstream saw. */
  readonly look: () => void
}

export function SignedIn({ session, me, chat, below, full, look }: SignedInProps) {
  const [busy, setBusy] = useState(false)
  const followed = useToken(session, busy)
  const lookAgain = useCallback(() => {
    followed.look()
    look()
  }, [followed.look, look])
  const control = useBurst(followed.token, lookAgain)
  const waits = control.burst.kind === 'armed' || control.burst.kind === 'running'
  if (waits !== busy) setBusy(waits)
  return (
    <div className={full ? 'desk full' : 'desk'}>
      <Ticket session={session} />
      <Counter me={me} token={followed.token} control={control} />
      {below}
      {!full && <Side me={me} sessionRef={session.ref} chat={chat} />}
    </div>
  )
}
