import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { openDoor, type Taker } from '../../../src/cli/workers-door.ts'
import { manualClock } from '../../support/clock.ts'

async function setUp() {
  const clock = manualClock()
  const door = await openDoor({ host: '127.0.0.1', port: 0 }, clock)
  const clients: Socket[] = []
  return {
    door,
    clock,
    async knock(): Promise<Socket> {
      const client = connect(Number(new URL(door.url).port), '127.0.0.1')
      client.on('error', () => {})
      clients.push(client)
      await once(client, 'connect')
      return client
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.destroy()
      const closed = door.close()
      await new Promise(setImmediate)
      await new Promise(setImmediate)
      await new Promise(setImmediate)
      clock.advance(2000)
      await closed
    },
  }
}

/** Takes one after the other, each when the test says so. */
function createTaker() {
  const taken: Socket[] = []
  let answer: ((taken: boolean) => void) | undefined
  const taker: Taker = {
    take(socket) {
      taken.push(socket)
      return new Promise((resolve) => {
        answer = resolve
      })
    },
  }
  return { ...taker, taken, answer: (yes: boolean) => answer?.(yes) }
}

describe('the door', () => {
  it('gives everybody to one taker after the other, nothing read', async () => {
    await using it = await setUp()
    const takers = [createTaker(), createTaker()]
    for (const taker of takers) it.door.add(taker)

    const [first] = [await it.knock(), await it.knock(), await it.knock()]
    first?.write('hello')

    await expect.poll(() => takers.map(({ taken }) => taken.length)).toEqual([1, 1])
    takers[1]?.answer(true)
    await expect.poll(() => takers.map(({ taken }) => taken.length)).toEqual([1, 2])
    expect(takers.flatMap(({ taken }) => taken.map(({ bytesRead }) => bytesRead))).toEqual([
      0, 0, 0,
    ])
  })

  it('keeps people waiting while there is nobody to take them', async () => {
    await using it = await setUp()
    await it.knock()
    const taker = createTaker()

    it.door.add(taker)

    await expect.poll(() => taker.taken.length).toBe(1)
  })

  it('gives whoever was not taken to the next, first of all', async () => {
    await using it = await setUp()
    const [gone, next] = [createTaker(), createTaker()]
    it.door.add(gone)
    await it.knock()
    await expect.poll(() => gone.taken.length).toBe(1)
    await it.knock()

    it.door.remove(gone)
    gone.answer(false)
    await new Promise(setImmediate)
    it.door.add(next)

    await expect.poll(() => next.taken.length).toBe(1)
    expect(next.taken[0] === gone.taken[0]).toBe(true)
    expect(gone.taken).toHaveLength(1)
  })

  it('gives nobody to whoever left', async () => {
    await using it = await setUp()
    const [left, stays] = [createTaker(), createTaker()]
    for (const taker of [left, stays]) it.door.add(taker)

    it.door.remove(left)
    await it.knock()

    await expect.poll(() => stays.taken.length).toBe(1)
    expect(left.taken).toHaveLength(0)
  })

  it('closes once everybody who came in has been taken', async () => {
    await using it = await setUp()
    const taker = createTaker()
    it.door.add(taker)
    await it.knock()
    await it.knock()
    await expect.poll(() => taker.taken.length).toBe(1)
    let closed = false
    const closing = it.door.close().then(() => {
      closed = true
    })

    taker.answer(true)
    await expect.poll(() => taker.taken.length).toBe(2)
    expect(closed).toBe(false)
    taker.answer(true)

    await closing
  })

  it('closes all the same where somebody neither takes nor refuses', async () => {
    await using it = await setUp()
    const frozen = createTaker()
    it.door.add(frozen)
    await it.knock()
    await expect.poll(() => frozen.taken.length).toBe(1)

    let closed = false
    const closing = it.door.close().then(() => {
      closed = true
    })
    await expect
      .poll(() => {
        it.clock.advance(500)
        return closed
      })
      .toBe(true)

    await closing
  })

  it('turns away those that wait, where it closes and nobody is there to take them', async () => {
    await using it = await setUp()
    const waiting = await it.knock()
    const ended = once(waiting.resume(), 'close')

    await it.door.close()

    await ended
  })
})
