import { expect, it } from 'vitest'
import { keepAwake } from '../../../src/cli/awake.ts'

it('keeps the process alive until the end of the block, and no longer', () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  let within = before
  {
    using _awake = keepAwake()
    within = timers()
  }

  expect(within).toBe(before + 1)
  expect(timers()).toBe(before)
})
