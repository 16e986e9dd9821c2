// Follows the token that the counter holds for this person: its fingerprint and its times, never the token. At its end
// it is asked about once more, and the gateway renews it for that.
import { useCallback, useEffect, useState } from 'react'
import type { Session } from '../../client/client.ts'
import { useClient } from '../../client/react.ts'
import { ignoreProblem } from './use-journal.ts'

export interface HeldToken {
  readonly username: string
  /** Its last four characters. */
  readonly token: string
  /** Epoch ms. */
  readonly issuedAt: number
  readonly expiresAt: number
  /** How many came before it since the sign-in. */
  readonly renewals: number
}

/** The gateway must see it as expired, whoever rounds. */
const AFTER_MS = 120
const AGAIN_MS = 3000

export interface FollowedToken {
  /** undefined until it was asked about. */
  readonly token: HeldToken | undefined
  readonly look: () => void
}

/** `waits`: somebody else will be the first to need a fresh one. */
export function useToken(session: Session, waits: boolean): FollowedToken {
  const client = useClient()
  const [token, setToken] = useState<HeldToken>()
  const [failures, setFailures] = useState(0)

  const look = useCallback(() => {
    const ask = async () => {
      const answer = await client.fetch('/demo/mine')
      const body: unknown = await answer.json().catch(() => undefined)
      if (answer.ok && isHeldToken(body)) setToken(body)
      else setFailures((many) => many + 1)
      // Its end has moved.
      await client.check()
    }
    ask().catch((error: unknown) => {
      setFailures((many) => many + 1)
      ignoreProblem(error)
    })
  }, [client])

  // Another session, or a token that was renewed by somebody else's request.
  const expiresAt = session.tokens[session.provider]?.expiresAt
  // biome-ignore lint/correctness/useExhaustiveDependencies: they say when, not what
  useEffect(look, [look, session.ref, expiresAt])

  const end = token?.expiresAt
  useEffect(() => {
    if (waits || end === undefined) return
    const run = () => {
      if (document.visibilityState === 'visible') look()
    }
    const wait = end + AFTER_MS - client.now()
    const timer = setTimeout(run, failures > 0 ? Math.max(AGAIN_MS, wait) : Math.max(0, wait))
    document.addEventListener('visibilitychange', run)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', run)
    }
  }, [client, look, end, waits, failures])

  return { token, look }
}

function isHeldToken(body: unknown): body is HeldToken {
  return typeof body === 'object' && body !== null && 'expiresAt' in body && 'token' in body
}
