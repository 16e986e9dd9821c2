import { describe, expect, it } from 'vitest'
import { exploreAll } from './explore.ts'
import { Violation } from './monitor.ts'
import { mutants } from './mutants.ts'

describe('the explorer', { timeout: 120_000 }, () => {
  it.each(mutants)('notices $name', async ({ alter, breaks, scenario }) => {
    const caught = await exploreAll({ ...scenario, alter }).catch((error) => error)

    expect(caught).toBeInstanceOf(Violation)
    expect(breaks).toContain(caught.invariant)
  })
})
