// So many workers at any time: one that ends is replaced, all are replaced one after another, and then all end.
import { type Clock, pause } from '../lib/clock.ts'
import type { Worker, WorkerEnd } from './workers-child.ts'
import { createPatience } from './workers-patience.ts'

export interface CrewOptions {
  readonly start: () => Worker
  readonly clock: Clock
  /** Asked before one that ended is replaced; false: not yet, ask again in a while. */
  readonly mayReplace: () => Promise<boolean>
  readonly events: {
    /** It can be given work. */
    joined(worker: Worker): void
    /** It must not be given work any more. */
    left(worker: Worker): void
    /** It ended and nobody had asked it to. */
    lost(worker: Worker, end: WorkerEnd): void
    /** It ended again and again: no more tries. Called once. */
    gaveUp(): void
  }
}

export interface Crew {
  /** Those that can be given work. */
  readonly workers: readonly Worker[]
  /** How many there should be. */
  readonly size: number
  /** Live sessions, once all `size` serve; how the first one ended where it never served. */
  begin(size: number): Promise<{ live: number } | WorkerEnd>
  /** Replaces all, one after another, each only once its successor serves. False: a successor never did, and those that are left stay. */
  roll(size: number): Promise<boolean>
  /** Drains all; resolves, once all have ended, to whether nothing was cut off. */
  stop(): Promise<boolean>
}

/** A worker that has not come so far is not coming. */
const START_MS = 60_000
/** A little more than a worker allows itself. */
const DRAIN_MS = 26_000
const AGAIN_MS = 1000

interface Place {
  worker: Worker | undefined
  /** While one that ended is being replaced. */
  filling: Promise<void> | undefined
}

export function createCrew({ start, clock, mayReplace, events }: CrewOptions): Crew {
  const places: Place[] = []
  const alive = new Set<Worker>()
  const patience = createPatience(clock)
  let size = 0
  let stopping = false
  let whole = true
  let hasGivenUp = false

  function launch(): Worker {
    const worker = start()
    alive.add(worker)
    const cancel = clock.after(START_MS, () => worker.kill())
    void worker.ready.then(cancel)
    void worker.ended.then(({ code }) => {
      alive.delete(worker)
      if (stopping && code !== 0) whole = false
    })
    return worker
  }

  function install(place: Place, worker: Worker): void {
    place.worker = worker
    patience.wasReady()
    events.joined(worker)
    void worker.ended.then((end) => {
      if (place.worker !== worker) return
      place.worker = undefined
      events.left(worker)
      if (stopping) return
      events.lost(worker, end)
      refill(place)
    })
  }

  function refill(place: Place): void {
    place.filling = fill(place).finally(() => {
      place.filling = undefined
    })
  }

  async function fill(place: Place): Promise<void> {
    patience.ended()
    for (;;) {
      if (patience.isOver(size)) {
        if (!stopping && !hasGivenUp) events.gaveUp()
        hasGivenUp = true
        return
      }
      if (patience.delayMs > 0) await pause(clock, patience.delayMs)
      while (!stopping && !(await mayReplace())) await pause(clock, AGAIN_MS)
      if (stopping || !places.includes(place)) return
      const worker = launch()
      if ((await worker.ready) !== undefined) return void install(place, worker)
      const end = await worker.ended
      if (stopping) return
      events.lost(worker, end)
      patience.endedUnready()
    }
  }

  async function dismiss(worker: Worker): Promise<void> {
    events.left(worker)
    worker.drain()
    const cancel = clock.after(DRAIN_MS, () => worker.kill())
    await worker.ended
    cancel()
  }

  function addPlace(): Place {
    const place: Place = { worker: undefined, filling: undefined }
    places.push(place)
    return place
  }

  return {
    get workers() {
      return places.flatMap(({ worker }) => worker ?? [])
    },
    get size() {
      return size
    },

    async begin(wanted) {
      size = wanted
      // Alone, so that what keeps it from serving is said once; it also makes what the others find there.
      const first = launch()
      const live = await first.ready
      if (live === undefined) return first.ended
      install(addPlace(), first)
      await Promise.all(
        Array.from({ length: wanted - 1 }, async () => {
          const place = addPlace()
          const worker = launch()
          if ((await worker.ready) !== undefined) return install(place, worker)
          if (stopping) return
          events.lost(worker, await worker.ended)
          refill(place)
          await place.filling
        }),
      )
      return { live }
    },

    async roll(wanted) {
      size = wanted
      for (let index = 0; index < wanted; index++) {
        await places[index]?.filling
        if (stopping) return true
        const next = launch()
        if ((await next.ready) === undefined) {
          size = places.length
          return stopping
        }
        const place = places[index] ?? addPlace()
        const { worker } = place
        install(place, next)
        if (worker) await dismiss(worker)
      }
      for (const { worker } of places.splice(wanted)) if (worker) await dismiss(worker)
      return true
    },

    async stop() {
      stopping = true
      const all = [...alive]
      for (const worker of all) worker.drain()
      const cancel = clock.after(DRAIN_MS, () => {
        for (const worker of alive) worker.kill()
      })
      await Promise.all(all.map(({ ended }) => ended))
      cancel()
      return whole
    },
  }
}
