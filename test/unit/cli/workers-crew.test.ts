import { describe, expect, it } from 'vitest'
import type { Worker, WorkerEnd } from '../../../src/cli/workers-child.ts'
import { createCrew } from '../../../src/cli/workers-crew.ts'
import { manualClock } from '../../support/clock.ts'

interface FakeWorker extends Worker {
  readonly id: number
  serve(): void
  end(end?: Partial<WorkerEnd>): void
  readonly draining: boolean
}

function setUp({ mayReplace = async () => true } = {}) {
  const clock = manualClock()
  const workers: FakeWorker[] = []
  const told: string[] = []
  const idOf = (worker: Worker) => (worker as FakeWorker).id
  const crew = createCrew({
    clock,
    mayReplace,
    start() {
      const worker = fakeWorker(workers.length)
      workers.push(worker)
      return worker
    },
    events: {
      joined: (worker) => told.push(`joined ${idOf(worker)}`),
      left: (worker) => told.push(`left ${idOf(worker)}`),
      lost: (worker) => told.push(`lost ${idOf(worker)}`),
      gaveUp: () => told.push('gave up'),
    },
  })
  return { clock, workers, told, crew }
}

function fakeWorker(id: number): FakeWorker {
  const ready = Promise.withResolvers<number | undefined>()
  const ended = Promise.withResolvers<WorkerEnd>()
  let draining = false
  const end = (how: Partial<WorkerEnd> = {}) => {
    ready.resolve(undefined)
    ended.resolve({ code: 0, signal: null, ...how })
  }
  return {
    id,
    pid: id,
    ready: ready.promise,
    ended: ended.promise,
    take: async () => true,
    storeAnswers: async () => true,
    metrics: async () => [],
    desk: async () => ({ kind: 'unreachable' }),
    drain: () => {
      draining = true
    },
    kill: () => end({ code: null, signal: 'SIGKILL' }),
    serve: () => ready.resolve(7),
    end,
    get draining() {
      return draining
    },
  }
}

/** Everything that can happen without time has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
}

async function begin(it: ReturnType<typeof setUp>, size: number) {
  const begun = it.crew.begin(size)
  it.workers[0]?.serve()
  await settle()
  for (const worker of it.workers) worker.serve()
  return begun
}

describe('a crew', () => {
  it('begins with one alone, and goes on with the others once that one serves', async () => {
    const it = setUp()
    const begun = it.crew.begin(3)
    await settle()
    expect(it.workers).toHaveLength(1)

    it.workers[0]?.serve()
    await settle()
    expect(it.workers).toHaveLength(3)
    for (const worker of it.workers) worker.serve()

    expect(await begun).toEqual({ live: 7 })
    expect(it.crew.workers).toHaveLength(3)
  })

  it('tells how the first one ended that never served, and starts no other', async () => {
    const it = setUp()
    const begun = it.crew.begin(3)
    it.workers[0]?.end({ code: 2 })

    expect(await begun).toEqual({ code: 2, signal: null })
    expect(it.workers).toHaveLength(1)
    expect(it.told).toEqual([])
  })

  it('replaces at once one that ended by itself', async () => {
    const it = setUp()
    await begin(it, 2)

    it.workers[1]?.end({ code: 1 })
    await settle()
    it.workers[2]?.serve()
    await settle()

    expect(it.told).toEqual(['joined 0', 'joined 1', 'left 1', 'lost 1', 'joined 2'])
    expect(it.crew.workers).toHaveLength(2)
  })

  it('waits longer each time, and gives up, where none of them comes to serve', async () => {
    const it = setUp()
    await begin(it, 1)
    const waits: number[] = []

    it.workers[0]?.end({ code: 1 })
    for (let next = 1; !it.told.includes('gave up') && next < 100; next++) {
      let waited = 0
      for (await settle(); !it.workers[next]; await settle()) {
        if (it.told.includes('gave up')) break
        it.clock.advance(100)
        waited += 100
      }
      waits.push(waited)
      it.workers[next]?.end({ code: 1 })
      await settle()
    }

    expect(waits).toEqual([0, 100, 200, 400, 800, 1600])
    expect(it.told.filter((what) => what === 'gave up')).toHaveLength(1)
    expect(it.workers.length).toBe(1 + 6)
  })

  it('gives up where those that serve keep ending, not where a few do', async () => {
    const it = setUp()
    await begin(it, 1)
    const endOne = async () => {
      const last = it.workers.at(-1)
      last?.serve()
      await settle()
      last?.end({ code: 1 })
      await settle()
    }

    for (let times = 0; times < 20; times++) await endOne()
    expect(it.told).not.toContain('gave up')
    for (let times = 0; times < 12; times++) await endOne()

    expect(it.told.filter((what) => what === 'gave up')).toHaveLength(1)
  })

  it('replaces none while that is not allowed, and does not count it', async () => {
    let allowed = false
    const it = setUp({ mayReplace: async () => allowed })
    await begin(it, 1)
    it.workers[0]?.end({ code: 1 })

    for (let seconds = 0; seconds < 120; seconds++) {
      await settle()
      it.clock.advance(1000)
    }
    expect(it.workers).toHaveLength(1)
    allowed = true
    it.clock.advance(1000)
    await settle()

    expect(it.workers).toHaveLength(2)
    expect(it.told).not.toContain('gave up')
  })

  it('kills one that never comes to serve', async () => {
    const it = setUp()
    const begun = it.crew.begin(1)
    it.clock.advance(60_000)

    expect(await begun).toMatchObject({ signal: 'SIGKILL' })
  })
})

describe('a roll', () => {
  it('lets the next serve before it tells one to drain, and waits until that one has ended', async () => {
    const it = setUp()
    await begin(it, 2)
    const rolled = it.crew.roll(2)
    await settle()
    expect(it.workers[0]?.draining).toBe(false)

    it.workers[2]?.serve()
    await settle()
    expect(it.workers[0]?.draining).toBe(true)
    expect(it.workers).toHaveLength(3)

    it.workers[0]?.end()
    await settle()
    it.workers[3]?.serve()
    await settle()
    it.workers[1]?.end()

    expect(await rolled).toBe(true)
    expect(it.told.slice(2)).toEqual(['joined 2', 'left 0', 'joined 3', 'left 1'])
  })

  it('stops where the next one never serves, and leaves the others as they are', async () => {
    const it = setUp()
    await begin(it, 2)
    const rolled = it.crew.roll(3)
    await settle()
    it.workers[2]?.end({ code: 1 })

    expect(await rolled).toBe(false)
    expect(it.crew.workers.map(({ pid }) => pid)).toEqual([0, 1])
    expect(it.crew.size).toBe(2)
    expect(it.workers.filter(({ draining }) => draining)).toEqual([])
  })

  it.each([1, 3])('makes of two workers as many as are wanted: %i', async (wanted) => {
    const it = setUp()
    await begin(it, 2)
    const rolled = it.crew.roll(wanted)
    for (let turn = 0; turn < 10; turn++) {
      for (const worker of it.workers) {
        worker.serve()
        if (worker.draining) worker.end()
      }
      await settle()
    }

    expect(await rolled).toBe(true)
    expect(it.crew.workers).toHaveLength(wanted)
    expect(it.crew.workers.some(({ pid = 0 }) => pid < 2)).toBe(false)
  })
})

describe('the end of a crew', () => {
  it('drains all, those that are only coming included, and replaces none', async () => {
    const it = setUp()
    await begin(it, 2)
    void it.crew.roll(2)
    await settle()

    const stopped = it.crew.stop()
    expect(it.workers.map(({ draining }) => draining)).toEqual([true, true, true])
    for (const worker of it.workers) worker.end()

    expect(await stopped).toBe(true)
    await settle()
    expect(it.workers).toHaveLength(3)
  })

  it('says so where a worker had to be cut off, or was killed because it never ended', async () => {
    for (const how of ['by itself', 'killed']) {
      const it = setUp()
      await begin(it, 2)
      const stopped = it.crew.stop()
      it.workers[0]?.end()
      if (how === 'killed') it.clock.advance(26_000)
      else it.workers[1]?.end({ code: 1 })

      expect(await stopped, how).toBe(false)
    }
  })
})
