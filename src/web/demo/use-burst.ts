// Twenty requests in the very moment in which the token expires, counted by what the upstream saw of them.
import { useCallback, useEffect, useState } from 'react'
import type { Client } from '../../client/client.ts'
import { useClient } from '../../client/react.ts'
import { type Tally, tally } from './journal.ts'
import { readJournal } from './use-journal.ts'
import type { HeldToken } from './use-token.ts'

export const REQUESTS = 20
const PATH = '/user'
/** Past the end, by whatever the two clocks differ. */
const AFTER_MS = 60

export type Burst =
  | { readonly kind: 'none' }
  /** Waits for the token's end. */
  | { readonly kind: 'armed' }
  | { readonly kind: 'running' }
  | ({ readonly kind: 'counted' } & Tally)
  | { readonly kind: 'failed' }

export interface BurstControl {
  readonly burst: Burst
  readonly arm: () => void
  readonly cancel: () => void
}

/** `fired` is called when all have been answered. */
export function useBurst(token: HeldToken | undefined, fired: () => void): BurstControl {
  const client = useClient()
  const [burst, setBurst] = useState<Burst>({ kind: 'none' })
  const armed = burst.kind === 'armed'
  const { username, expiresAt } = token ?? {}

  useEffect(() => {
    if (!armed || username === undefined || expiresAt === undefined) return
    const timer = setTimeout(
      () => {
        setBurst({ kind: 'running' })
        fire(client, username)
          .then((counted) => setBurst({ kind: 'counted', ...counted }))
          .catch(() => setBurst({ kind: 'failed' }))
          .finally(fired)
      },
      Math.max(0, expiresAt + AFTER_MS - client.now()),
    )
    return () => clearTimeout(timer)
  }, [client, armed, username, expiresAt, fired])

  const arm = useCallback(() => setBurst({ kind: 'armed' }), [])
  const cancel = useCallback(() => setBurst({ kind: 'none' }), [])
  return { burst, arm, cancel }
}

/** Rejects where the upstream's journal could not be read. */
async function fire(client: Client, owner: string): Promise<Tally> {
  const since = client.now() - AFTER_MS
  await Promise.allSettled(
    Array.from({ length: REQUESTS }, async () => (await client.fetch(`/api${PATH}`)).text()),
  )
  const calls = await readJournal(client)
  if (!calls) throw new Error('the journal could not be read')
  return tally(calls, { owner, path: PATH, since })
}
