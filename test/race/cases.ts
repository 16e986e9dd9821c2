// Scenarios small enough to go through all their histories, and how a test tells what it went through.
import { expect, it } from 'vitest'
import { exploreAll } from './explore.ts'
import type { Fault, Operation, Scenario } from './scenario.ts'

export const LONG = process.env.COATCHECK_LONG === '1'

export const request = (at: number, session = 0): Operation => ({ do: 'request', at, session })
export const rejected = (at: number): Operation => ({
  do: 'request',
  at,
  session: 0,
  rejects: true,
})
export const signOut = (at: number): Operation => ({ do: 'signOut', at, session: 0 })
export const signIn = (at: number): Operation => ({ do: 'signIn', at, session: 0 })
export const extend = (at: number): Operation => ({ do: 'extend', at, session: 0 })
export const kill = (at: number): Fault => ({ do: 'kill', at })
export const stall = (at: number): Fault => ({ do: 'stall', at })

export interface Case extends Partial<Scenario> {
  readonly name: string
  readonly operations: readonly Operation[]
  /** Absent: as many as there are. */
  readonly preemptions?: number
  /** Takes minutes: left to `npm run test:long`. */
  readonly longOnly?: boolean
}

/** A test for each, slow machines in mind. */
export function testAll(cases: readonly Case[]): void {
  const timeout = LONG ? 3_600_000 : 120_000
  it.each(cases.filter(({ longOnly }) => LONG || !longOnly))('$name', { timeout }, async (one) => {
    const { name, preemptions, longOnly: _, ...rest } = one
    const scenario = { processes: 2, people: ['ada'], ...rest }

    const { histories, situations } = await exploreAll(scenario, preemptions)

    console.info(`${name}: ${situations} situations, ${histories} histories`)
    expect(histories).toBeGreaterThan(1)
  })
}
