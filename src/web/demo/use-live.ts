// What a component follows while the page can be seen: the time, and whatever is to be asked again and again.
import { useEffect, useRef, useState } from 'react'
import { useClient } from '../../client/react.ts'

/** Runs at once, then every `ms` while the page is visible. */
export function useWhileVisible(work: () => void, ms: number): void {
  const latest = useRef(work)
  useEffect(() => {
    latest.current = work
  })
  useEffect(() => {
    const run = () => {
      if (document.visibilityState === 'visible') latest.current()
    }
    run()
    const timer = setInterval(run, ms)
    document.addEventListener('visibilitychange', run)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', run)
    }
  }, [ms])
}

/** Epoch ms by the gateway's clock, about every `ms`. */
export function useNow(ms = 1000): number {
  const client = useClient()
  const [now, setNow] = useState(client.now)
  useWhileVisible(() => setNow(client.now()), ms)
  return now
}

/** `document.cookie`, looked at again and again. */
export function useScriptsCookie(): string {
  const [cookie, setCookie] = useState(() => document.cookie)
  useWhileVisible(() => setCookie(document.cookie), 500)
  return cookie
}
