// The memory driver keeps the contract, and gives back the memory of what has ended.
import { systemRandom } from '../../src/lib/random.ts'
import { createMemoryStore } from '../../src/session/stores/memory.ts'
import { manualClock } from '../support/clock.ts'
import { storeContract } from './store.contract.ts'

storeContract('memory', async () => {
  const clock = manualClock()
  const store = createMemoryStore({ clock, random: systemRandom })
  return {
    store,
    clock,
    advance: async (ms) => clock.advance(ms),
    dispose: () => store.close(),
  }
})
