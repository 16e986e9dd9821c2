// What a component follows: the link's view, and the time by the gateway's clock.
import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Link, LinkView } from './link.ts'

export function useView(link: Link): LinkView {
  return useSyncExternalStore(link.subscribe, link.view)
}

/** Epoch ms, each second while the page can be seen. */
export function useNow(link: Link): number {
  const [now, setNow] = useState(link.now)
  useEffect(() => {
    const tick = () => {
      if (document.visibilityState === 'visible') setNow(link.now())
    }
    tick()
    const timer = setInterval(tick, 1000)
    // Whatever was learnt may have moved the clock.
    const leave = link.subscribe(tick)
    document.addEventListener('visibilitychange', tick)
    return () => {
      clearInterval(timer)
      leave()
      document.removeEventListener('visibilitychange', tick)
    }
  }, [link])
  return now
}

export function useReducedMotion(): boolean {
  const query = '(prefers-reduced-motion: reduce)'
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
  )
}
