// Signing out by this page's own button, and whether that is how its session ended.
import { useEffect, useState } from 'react'
import type { Problem, SessionState } from '../../client/client.ts'
import { useSignOut } from '../../client/react.ts'

export interface Leaving {
  readonly leave: () => void
  readonly pending: boolean
  readonly problem: Problem | undefined
  /** True: nobody is signed in, and this page did that. */
  readonly left: boolean
}

export function useLeaving({ session, status }: SessionState): Leaving {
  const { signOut, pending, problem } = useSignOut()
  const [asked, setAsked] = useState(false)
  const ref = session?.ref

  useEffect(() => {
    if (ref !== undefined) setAsked(false)
  }, [ref])

  return {
    leave() {
      setAsked(true)
      void signOut()
    },
    pending,
    problem: session && problem,
    left: asked && status === 'unauthenticated',
  }
}
