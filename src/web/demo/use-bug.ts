// Sends two people through the one-jar gateway, round after round, and keeps what each was shown.
import { useEffect, useState } from 'react'
import type { Client } from '../../client/client.ts'
import { useClient } from '../../client/react.ts'

/** What one person was answered who asked for their own profile. */
export interface JarCall {
  /** Counts the calls of a run. */
  readonly id: number
  readonly at: number
  readonly asked: string
  readonly status: number
  readonly shown?: string
  readonly message?: string
  readonly ms: number
}

export interface BugRun {
  /** Newest first. */
  readonly calls: readonly JarCall[]
  readonly state: 'running' | 'over' | 'failed'
}

/** At least so many rounds, and more until that often somebody saw what is not theirs. */
const ROUNDS = 12
const FOREIGN = 2
const MOST_ROUNDS = 60
/** Slow enough to be read along. */
const PAUSE_MS = 220

/** Runs from the start whenever `attempt` changes. */
export function useBug(people: readonly string[], attempt: number): BugRun {
  const client = useClient()
  const [run, setRun] = useState<BugRun>({ calls: [], state: 'running' })
  const names = people.join()

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another run
  useEffect(() => {
    const stop = new AbortController()
    const { signal } = stop
    const go = async () => {
      let calls: readonly JarCall[] = []
      setRun({ calls, state: 'running' })
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const both = await askBoth(client, names.split(','), signal)
        for (const call of both) calls = [{ ...call, id: calls.length }, ...calls]
        setRun({ calls, state: 'running' })
        if (round + 1 >= ROUNDS && calls.filter(isForeign).length >= FOREIGN) break
        await pause(PAUSE_MS, signal)
      }
      setRun({ calls, state: 'over' })
    }
    go().catch(() => {
      if (!signal.aborted) setRun(({ calls }) => ({ calls, state: 'failed' }))
    })
    return () => stop.abort()
  }, [client, names, attempt])

  return run
}

export function isForeign({ asked, shown }: JarCall): boolean {
  return shown !== undefined && shown !== asked
}

/** Rejects where nobody could be asked. */
async function askBoth(
  client: Client,
  people: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyArray<Omit<JarCall, 'id'>>> {
  const answer = await client.fetch('/demo/one-jar', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ people }),
    signal,
  })
  const body: unknown = await answer.json()
  if (!answer.ok || !Array.isArray(body)) throw new Error(`the trial answered ${answer.status}`)
  return body
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, ms)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
