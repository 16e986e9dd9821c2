// The notes that the upstream keeps for whoever is signed in.
import { useCallback, useEffect, useState } from 'react'
import { type Problem, ProblemError } from '../../client/client.ts'
import { useClient } from '../../client/react.ts'

export interface Note {
  readonly id: number
  readonly text: string
  readonly createdAt: number
}

export interface Notes {
  /** Newest first; undefined until they were read. */
  readonly notes: readonly Note[] | undefined
  readonly problem: Problem | undefined
  /** True where it was kept. */
  readonly add: (text: string) => Promise<boolean>
}

/** Those of the session with this ref. */
export function useNotes(ref: string): Notes {
  const client = useClient()
  const [notes, setNotes] = useState<readonly Note[]>()
  const [problem, setProblem] = useState<Problem>()

  const read = useCallback(async () => {
    const answer = await client.fetch('/api/notes')
    const body: unknown = await answer.json().catch(() => undefined)
    if (answer.ok && Array.isArray(body)) setNotes(body.toReversed())
  }, [client])

  const attempt = useCallback(async (work: () => Promise<void>) => {
    setProblem(undefined)
    try {
      await work()
      return true
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      setProblem(error.problem)
      return false
    }
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: another session has other notes
  useEffect(() => {
    void attempt(read)
  }, [attempt, read, ref])

  const add = useCallback(
    (text: string) =>
      attempt(async () => {
        await client.fetch('/api/notes', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ text }),
        })
        await read()
      }),
    [client, attempt, read],
  )
  return { notes, problem, add }
}
