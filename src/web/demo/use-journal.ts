// Follows what the upstream saw of everybody.
import { useCallback, useState } from 'react'
import { type Client, ProblemError } from '../../client/client.ts'
import { useClient } from '../../client/react.ts'
import { isJournal, type SeenCall } from './journal.ts'
import { useWhileVisible } from './use-live.ts'

const EVERY_MS = 1500

export interface Journal {
  /** Newest first; undefined until it was read. */
  readonly calls: readonly SeenCall[] | undefined
  readonly look: () => void
}

export function useJournal(): Journal {
  const client = useClient()
  const [calls, setCalls] = useState<readonly SeenCall[]>()
  const look = useCallback(() => {
    readJournal(client)
      .then((read) => read && setCalls(read))
      .catch(ignoreProblem)
  }, [client])
  useWhileVisible(look, EVERY_MS)
  return { calls, look }
}

/** undefined where something else came. Rejects with a `ProblemError`. */
export async function readJournal(client: Client): Promise<readonly SeenCall[] | undefined> {
  const answer = await client.fetch('/demo/seen')
  const body: unknown = await answer.json().catch(() => undefined)
  return answer.ok && isJournal(body) ? body : undefined
}

/** The session's own state tells of it already. */
export function ignoreProblem(error: unknown): void {
  if (!(error instanceof ProblemError)) throw error
}
