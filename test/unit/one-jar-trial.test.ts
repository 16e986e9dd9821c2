import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { openOneJarTrial, type TrialCall } from '../../src/qa/one-jar-trial.ts'
import { openHttpClient } from '../support/http.ts'

describe('two people through the one-jar gateway', () => {
  it('serves one of two, and sooner or later shows somebody the profile of the other', async () => {
    await using trial = await openTrial()
    const calls: TrialCall[] = []

    for (let round = 0; round < 100 && !calls.some(isForeign); round++) {
      const both = await trial.round(['alice', 'bob'])
      expect(both.map(({ asked }) => asked)).toEqual(['alice', 'bob'])
      expect(both.map(({ status }) => status).sort()).toEqual([200, 401])
      calls.push(...both)
    }

    expect(calls.find(isForeign)).toMatchObject({ status: 200 })
    const refused = calls.filter(({ status }) => status === 401)
    expect(new Set(refused.map(({ message }) => message))).toEqual(
      new Set(['The token is invalid!']),
    )
  })

  it('tells whose profile came and never a token', async () => {
    await using trial = await openTrial()

    const answer = await trial.post({ people: ['carol', 'dave'] })

    const served = answer.json().find(({ status }: TrialCall) => status === 200)
    expect(Object.keys(served).sort()).toEqual(['asked', 'at', 'ms', 'shown', 'status'])
    expect(['carol', 'dave']).toContain(served.shown)
    expect(answer.text).not.toMatch(/eyJ/)
  })

  it.each([
    [{}],
    [{ people: ['alice'] }],
    [{ people: ['alice', 'alice'] }],
    [{ people: ['alice', 'mallory'] }],
    [{ people: 'alice' }],
    [null],
  ])('refuses %j in one sentence', async (body) => {
    await using trial = await openTrial()

    const answer = await trial.post(body)

    expect([answer.status, answer.json()]).toEqual([
      400,
      { message: 'Name two people of the demo.' },
    ])
  })
})

function isForeign({ asked, shown }: TrialCall): boolean {
  return shown !== undefined && shown !== asked
}

async function openTrial() {
  const trial = await openOneJarTrial({ clock: systemClock, random: systemRandom })
  const client = openHttpClient(trial.url)
  const post = (json: unknown) => client.send('/rounds', { method: 'POST', json })
  return {
    post,
    round: async (people: readonly string[]): Promise<readonly TrialCall[]> =>
      (await post({ people })).json(),
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]()
      await trial.close()
    },
  }
}
