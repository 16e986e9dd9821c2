// Longer histories with everything in them, drawn by chance and shrunk to what matters when one goes wrong.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { follow } from './explore.ts'
import type { Fault, Operation, Scenario } from './scenario.ts'

const RUNS = process.env.COATCHECK_LONG === '1' ? 50_000 : 2000
const SEED = Number(process.env.COATCHECK_SEED ?? Date.now()) | 0

const at = fc.nat(3)
const session = fc.nat(3)

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('request' as const), at, session }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      at,
      session,
      rejects: fc.constant(true),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('signOut' as const), at, session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('signIn' as const), at, session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('extend' as const), at, session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forge' as const), at, session }) },
)

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ do: fc.constantFrom('kill' as const, 'stall', 'freeze', 'thaw'), at }),
  fc.record({ do: fc.constant('hang' as const) }),
  fc.record({
    do: fc.constant('failOver' as const),
    how: fc.constantFrom('effect' as const, 'reply', 'acknowledged'),
  }),
)

const scenario: fc.Arbitrary<Scenario> = fc.record({
  processes: fc.integer({ min: 1, max: 4 }),
  people: fc.constantFrom(['ada'], ['ada', 'bob'], ['ada', 'bob', 'cyd']),
  operations: fc.array(operation, { minLength: 1, maxLength: 9 }),
  faults: fc.oneof(fc.constant([]), fc.array(fault, { maxLength: 3 })),
  tokens: fc.constantFrom('expired' as const, 'ahead', 'old'),
  waits: fc.nat(4),
  warm: fc.boolean(),
  unordered: fc.boolean(),
  slides: fc.boolean(),
})

const choices = fc.array(fc.nat(29), { maxLength: 90 })

it(`${RUNS} histories drawn by chance keep every promise (seed ${SEED})`, {
  timeout: 600_000,
}, async () => {
  let steps = 0
  await fc.assert(
    fc.asyncProperty(scenario, choices, async (drawn, chosen) => {
      const { trace } = await follow(drawn, chosen)
      steps += trace.length
    }),
    { numRuns: RUNS, seed: SEED },
  )
  console.info(`${RUNS} histories by chance, seed ${SEED}: ${steps} steps`)
  expect(steps).toBeGreaterThan(RUNS)
})
