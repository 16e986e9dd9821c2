// What is asked for once more: what is private and in doubt, before anything that is not.
import { expect, it } from 'vitest'
import type { PassedKind } from '../../../src/qa/leaks/doubts.ts'
import { lookAgain } from '../../../src/qa/leaks/look-again.ts'
import type { Observation, Step } from '../../../src/qa/leaks/step.ts'
import { targetFrom } from '../../support/leaks.ts'
import { startTickingClock } from '../../support/ticking-clock.ts'

it('a mail address is asked for again, however many feeds name their authors', async () => {
  using time = startTickingClock()
  const target = await targetFrom(`
target: http://localhost:1
signIn: { post: /login }
whoami: { get: /user, owner: /username }
users: [{ name: alice }, { name: bob }, { name: carol }]
timeouts: { total: 3s }
`)
  const asked: Step[] = []
  const seen = [
    ...['/a', '/b', '/c', '/d', '/e'].map((path) => passed(path, 'bob', 'name')),
    passed('/mail', 'bob', 'mail address'),
    passed('/mail', 'carol', 'profile'),
  ]

  await lookAgain({
    target,
    clock: time.clock,
    check: () => {},
    sparing: {
      seen,
      ask: async (...steps) => {
        asked.push(...steps)
        return []
      },
      need: async () => [],
      askAtOnce: async () => {},
      hasTimeFor: () => true,
    },
  })

  const told = asked.map((step) => `${step.do === 'ask' ? step.path : ''} ${step.user}`)
  const once = ['/mail alice', '/mail bob', '/mail alice']
  expect(told).toEqual([...once, ...once])
})

/** In an answer to alice. */
function passed(path: string, owner: string, kind: PassedKind): Observation {
  const step: Step = { do: 'ask', user: 'alice', path, via: 'own' }
  const one = { step, method: 'GET', path, passed: [{ owner, kind }] }
  return one as Partial<Observation> as Observation
}
