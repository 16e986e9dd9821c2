// A replayed answer beside the recorded one: what is wrong, what is mended, and what is only different.
import { describe, expect, it } from 'vitest'
import { createTextRedactor } from '../../../src/qa/record/redact-text.ts'
import { createSecretBook } from '../../../src/qa/record/secret-book.ts'
import { judge } from '../../../src/qa/replay/judge.ts'
import type { Answer } from '../../../src/qa/replay/owner.ts'
import { createPeople } from '../../../src/qa/replay/people.ts'
import { recordedCall } from '../../../src/qa/replay/recorded-call.ts'

const identity = (sub: string) => ({ provider: 'main', sub, name: undefined, claims: {} })

const of = (username: string, status = 200): Answer => ({
  status,
  headers: ['content-type', 'application/json'],
  body: JSON.stringify({ username }),
})
const without = (status: number): Answer => ({ ...of('', status), body: '{}' })

/** Alice asked; `was` is recorded and `is` replayed. */
function judged(was: Answer, is: Answer) {
  const people = createPeople(new Map())
  for (const name of ['alice', 'bob']) people.learn(name, identity(name))
  const entry = {
    ...{ startedDateTime: new Date(0).toISOString(), time: 1, _persona: 'alice', _session: 'a' },
    request: { method: 'GET', url: 'http://localhost/api/user' },
    response: {
      status: was.status,
      headers: [{ name: 'content-type', value: 'application/json' }],
      content: { text: was.body },
    },
    _sub: 'alice',
  }
  const recorded = recordedCall(entry, 0)
  if (!recorded) throw new Error('no entry')
  return judge(
    recorded,
    { ...is, body: is.body ?? '', cut: false },
    { persona: 'alice', identity: identity('alice') },
    {
      rule: { field: '/username', is: 'sub' },
      people,
      compare: ['/username'],
      texts: createTextRedactor(createSecretBook(), []),
    },
  )
}

describe('an answer that was wrong when it was recorded', () => {
  it.each([
    ['own after somebody else’s', of('bob'), of('alice')],
    ['own after a refusal of a valid user', without(401), of('alice')],
    ['own after one that named nobody', of('a chair'), of('alice')],
  ])('is mended where it is %s, and so is no difference', (_, was, is) => {
    expect(judged(was, is)).toMatchObject({ mended: true, differences: [] })
  })

  it.each([
    ['somebody else’s again', of('bob'), of('bob')],
    ['an error', of('bob'), without(500)],
  ])('is not mended where it is %s', (_, was, is) => {
    expect(judged(was, is).mended).toBe(false)
  })

  it('is not one that named nobody, unless the replayed one is its asker’s own', () => {
    const { mended, differences } = judged(of('a chair'), without(200))

    expect(mended).toBe(false)
    expect(differences).toEqual(['/username "a chair" → nothing'])
  })

  it('is told with what it was', () => {
    const { before } = judged(of('bob'), of('alice'))

    expect(before).toMatchObject({ outcome: 'foreign', ownership: { persona: 'bob' } })
  })
})
