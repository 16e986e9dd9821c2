// The memory driver keeps the contract, and gives back the memory of what has ended.
import { expect, it } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { createMemoryStore } from '../../src/session/stores/memory.ts'
import { createShelf } from '../../src/session/stores/memory-shelf.ts'
import { manualClock } from '../support/clock.ts'
import { storeContract } from './store.contract.ts'

storeContract('memory', 'process', async () => {
  const clock = manualClock()
  const store = createMemoryStore({ clock, random: systemRandom })
  return {
    store,
    clock,
    advance: async (ms) => clock.advance(ms),
    dispose: () => store.close(),
  }
})

it('gives back the memory of what has ended, some at a time, whatever comes and goes meanwhile', () => {
  const shelf = createShelf<string, number>((endsAt) => endsAt)
  for (let n = 0; n < 100; n += 1) shelf.set(`ends-${n}`, 10)
  shelf.set('stays', 20)

  shelf.sweep(10, 40)
  expect(shelf.size).toBe(61)
  shelf.delete('ends-50')
  shelf.set('added', 20)
  for (let round = 0; round < 3; round += 1) shelf.sweep(10, 40)

  expect([...shelf.entries(10)]).toEqual([
    ['stays', 20],
    ['added', 20],
  ])
  expect(shelf.size).toBe(2)
})

it('tells of a subscriber that throws', async () => {
  const errors: unknown[] = []
  const options = { clock: manualClock(), random: systemRandom }
  const store = createMemoryStore({ ...options, onError: (error) => errors.push(error) })
  const mistake = new Error('a mistake of the subscriber')
  store.subscribe('news', () => {
    throw mistake
  })

  await store.publish('news', '1')

  expect(errors).toEqual([mistake])
})
