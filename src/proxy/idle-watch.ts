// Cuts off exchanges with an upstream in which nothing has moved for too long; one timer for all of them, because a
// timer for each costs more than all else that is done for it.
import type { Clock } from '../lib/clock.ts'

/** Something that must not stand still for `limitMs`. */
export interface Watched {
  /** Infinity: it may. */
  limitMs: number
  /** Set by its owner whenever bytes move; taken back at each look. */
  moved: boolean
  /** The watch's own notes: for how long it has stood still, and its place among the watched; -1 for none. */
  stillMs: number
  place: number
  /** The watch's own notes, with `lasting`. */
  ageMs?: number
  abort(reason: Error): void
  /** Called once when it has been watched for long, however much moved. */
  lasting?(): void
}

export interface IdleWatch {
  add(watched: Watched): void
  remove(watched: Watched): void
  readonly size: number
  close(): void
}

/** How late a limit may be noticed. Looks are counted, not the clock read: a clock that is set must cut nobody off. */
const LOOK_MS = 100
/** What takes longer than this is not a mere answer any more. */
const LASTING_MS = 5000

export function createIdleWatch(clock: Clock): IdleWatch {
  // An array whose gaps are filled from its end. A Set would leave a chain of outgrown tables behind it, each of which
  // holds on to the requests of its time until the next full collection: a third of all the time spent collecting.
  const all: Watched[] = []
  let cancel = clock.after(LOOK_MS, look)

  function look() {
    for (let i = all.length - 1; i >= 0; i--) {
      const watched = all[i]
      if (!watched) continue
      if (watched.ageMs !== undefined) {
        watched.ageMs += LOOK_MS
        if (watched.ageMs === LASTING_MS) watched.lasting?.()
      }
      if (watched.moved) {
        watched.moved = false
        watched.stillMs = 0
        continue
      }
      watched.stillMs += LOOK_MS
      if (watched.stillMs < watched.limitMs) continue
      remove(watched)
      watched.abort(new Stalled())
    }
    cancel = clock.after(LOOK_MS, look)
  }

  function remove(watched: Watched) {
    const { place } = watched
    if (place === -1) return
    watched.place = -1
    const last = all.pop()
    if (!last || last === watched) return
    last.place = place
    all[place] = last
  }

  return {
    add(watched) {
      watched.place = all.length
      all.push(watched)
    },
    remove,
    get size() {
      return all.length
    },
    close: () => cancel(),
  }
}

/** Nothing moved for as long as it may. */
export class Stalled extends Error {
  readonly code = 'UND_ERR_HEADERS_TIMEOUT'
}
