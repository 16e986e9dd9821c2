// Each sample's bug is found and named by what it does; the sound one is left in peace; the same seed sees the same.
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { runLeaks } from '../../src/qa/leaks/run-leaks.ts'
import type { Run } from '../../src/qa/run.ts'
import {
  type SampleName,
  samplePassword,
  samples,
  sampleTarget,
} from '../../src/qa/samples/sample.ts'
import { targetFrom } from '../support/leaks.ts'
import { startSteadyClock } from '../support/steady-clock.ts'

const LONG = process.env.COATCHECK_LONG === '1'

const found = [
  [
    'shared-jar',
    'shared-jar',
    [/^(\w+) signs in$/, /^\w+ signs in$/, /^\w+ asks GET \/user → (?!.*own)\w+'s profile$/],
  ],
  [
    'default-header',
    'leaked-default-header',
    [/signs in$/, /signs in$/, /asks GET \/notes → \w+'s data$/],
  ],
  [
    'cached-set-cookie',
    'cached-set-cookie',
    [
      /^Alice signs in$/,
      /^Alice asks GET \/news/,
      /signs in$/,
      /asks GET \/news → Alice's cookie$/,
      /asks GET \/user → Alice's profile$/,
    ],
  ],
  [
    'cached-answer',
    'cached-answer',
    [
      /^(\w+) signs in$/,
      /^(\w+) asks GET \/\w+ → \1's own \w+$/,
      /^\w+ signs in$/,
      /^(\w+) asks GET \/\w+ → (?!\1)\w+'s \w+$/,
    ],
  ],
  [
    'request-race',
    'request-race',
    [
      /signs in$/,
      /signs in$/,
      /^At the same time: (\w+) asks GET \/\w+ → (\w+)'s (?!own)\w+; \2 asks GET \/\w+ → \2's own \w+$/,
    ],
  ],
  [
    'desync',
    'desynchronised-responses',
    [
      /signs in$/,
      /signs in$/,
      /asks GET \/user and leaves before the answer$/,
      /asks GET \/user → (?!.*own)\w+'s profile$/,
    ],
  ],
  [
    'fixation',
    'session-fixation',
    [
      /^A visitor asks GET \/user → 401$/,
      /^Alice signs in in the browser where the visitor had been$/,
      /^The visitor asks GET \/user → Alice's profile$/,
    ],
  ],
  [
    'keep-alive',
    'connection-bound',
    [
      /signs in$/,
      /signs in$/,
      /^(\w+) asks GET \/\w+ on one connection → \1's own \w+$/,
      /^(\w+) asks GET \/\w+ on the same connection → (?!\1)\w+'s \w+$/,
    ],
  ],
  [
    'per-process',
    'per-process-memory',
    [
      /^Alice signs in$/,
      /^Alice asks GET \/user → Alice's own profile$/,
      /^Alice asks GET \/user on another connection → 401, thrown out$/,
    ],
  ],
] as const satisfies ReadonlyArray<readonly [SampleName, string, readonly RegExp[]]>

describe('the leak finder', () => {
  it.each(found)('finds what is wrong with the sample %s', async (name, bug, steps) => {
    const { verdict, calls } = await runSample(name)

    expect(verdict).toMatchObject({ outcome: 'leak', bug })
    expect(verdict.leaks > 0).toBe(name !== 'per-process')
    expect(verdict.thrownOut > 0).toBe(name === 'per-process')
    expect(verdict.history?.steps).toEqual(steps.map((step) => expect.stringMatching(step)))
    const { shown = 0, tries = 0 } = verdict.history?.again ?? {}
    expect(shown * 3).toBeGreaterThanOrEqual(tries * 2)
    expect(tries).toBeGreaterThanOrEqual(3)
    expect(calls.some(({ outcome, marks }) => outcome === 'foreign' && marks?.length)).toBe(
      name !== 'per-process',
    )
  })

  it.runIf(LONG).each(found.map(([name, bug]) => [name, bug] as const))(
    'calls the sample %s %s, whatever the seed',
    async (name, bug) => {
      for (let seed = 1; seed <= 10; seed++) {
        expect((await runSample(name, seed)).verdict.bug).toBe(bug)
      }
    },
  )

  it('finds nothing in the sound sample, and verifies what everybody read', async () => {
    const { verdict, calls } = await runSample('none')

    expect(verdict).toMatchObject({ outcome: 'clean', leaks: 0, thrownOut: 0 })
    expect(verdict.bug).toBeUndefined()
    expect(verdict.verified).toBeGreaterThan(300)
    expect(calls.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })

  it('sees the same with the same seed, and something else with another', async () => {
    const [one, again, other] = [
      await runSample('shared-jar', 7),
      await runSample('shared-jar', 7),
      await runSample('shared-jar', 8),
    ]

    expect(facts(again)).toEqual(facts(one))
    expect(facts(other)).not.toEqual(facts(one))
    expect(other.verdict.bug).toBe(one.verdict.bug)
  })

  it('keeps every secret out of what it tells', async () => {
    const run = await runSample('cached-set-cookie')

    const text = JSON.stringify(run)
    expect(text).toContain('{{alice.cookie.sid}}')
    expect(text).not.toContain(samplePassword)
    expect(text).not.toMatch(/sid=[0-9a-f]/)
    expect(run.verdict.history?.curl).toContain('$ALICE_PASSWORD')
  })
})

async function runSample(name: SampleName, seed = 1) {
  const open = await samples[name]()
  // One for both: a machine that stands still takes nothing from what must come within a moment.
  using clock = startSteadyClock()
  await using sample = await open({ random: systemRandom, port: 0, clock })
  const target = await targetFrom(sampleTarget(name, sample.url))
  // Awaited here, while the sample still answers.
  return await runLeaks({ target: { ...target, seed }, clock })
}

/** What does not hang on who of several is answered first. */
function facts({ verdict, calls }: Run) {
  const { outcome, bug, answers } = verdict
  const asked = Map.groupBy(calls, ({ phase }) => phase)
  return {
    outcome,
    bug,
    answers,
    asked: [...asked].map(([phase, all]) => [
      phase,
      all.map(({ user, method, path }) => `${user} ${method} ${path}`).toSorted(),
    ]),
  }
}
