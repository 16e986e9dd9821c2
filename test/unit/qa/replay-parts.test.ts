// The parts that a replay judges by: who is who, which rule holds where, and what the verdict says.
import { describe, expect, it } from 'vitest'
import { createTextRedactor } from '../../../src/qa/record/redact-text.ts'
import { createSecretBook } from '../../../src/qa/record/secret-book.ts'
import { differencesOf } from '../../../src/qa/replay/differences.ts'
import { createDoubts } from '../../../src/qa/replay/doubts.ts'
import { createHints } from '../../../src/qa/replay/hints.ts'
import type { Identity } from '../../../src/qa/replay/identity.ts'
import { type OwnerRule, ruleFor } from '../../../src/qa/replay/owner.ts'
import { createPeople } from '../../../src/qa/replay/people.ts'
import { type Counts, createTally } from '../../../src/qa/replay/tally.ts'
import { verdictOf } from '../../../src/qa/replay/verdict.ts'
import { exitCodeOf, type RunCall } from '../../../src/qa/run.ts'

function identity(sub: string, more: Partial<Identity> = {}): Identity {
  return { provider: 'main', sub, name: undefined, claims: {}, ...more }
}

describe('who is who', () => {
  const recorded = new Map([
    ['alice', [identity('1')]],
    ['bob', [identity('2')]],
    ['bob@example.org', [identity('2')]],
  ])

  it('notices a sign-in that is answered as another one, and learns nothing from it', () => {
    const people = createPeople(recorded)
    people.learn('bob', identity('22'))

    expect(people.learn('alice', identity('22'))).toBe('bob')
    expect(people.isOf('alice', 'sub', '22')).toBe(false)
  })

  it('lets one account have two names, and two providers the same number', () => {
    const people = createPeople(recorded)
    people.learn('bob', identity('22'))

    expect(people.learn('bob@example.org', identity('22'))).toBeUndefined()
    expect(people.learn('alice', identity('22', { provider: 'other' }))).toBeUndefined()
  })

  it('goes by the recording only for those who have not signed in', () => {
    const people = createPeople(recorded)
    expect(people.whose('2', 'sub', 'alice')).toBe('bob')

    people.learn('bob', identity('22'))
    people.learn('bob@example.org', identity('22'))

    expect(people.whose('2', 'sub', 'alice')).toBeUndefined()
    expect(people.whose('22', 'sub', 'alice')).toBe('bob')
  })
})

describe('the rule for an answer', () => {
  const asked: OwnerRule = { field: '/name', is: 'name' }
  const own: OwnerRule = { header: 'x-user', is: 'sub' }

  it.each([
    ['/api/user', asked],
    ['/api/user?x=1', asked],
    ['/api/user/7', asked],
    ['/api/users', own],
    ['/api', own],
  ])('at %s is that of the flag beneath its paths, else that of the recording', (path, rule) => {
    expect(ruleFor({ rule: asked, paths: ['/api/user'] }, path, own)).toBe(rule)
  })

  it('is none where nobody wants to know', () => {
    expect(ruleFor('none', '/api/user', own)).toBeUndefined()
    expect(ruleFor(undefined, '/api/user', own)).toBe(own)
  })
})

describe('what names nobody', () => {
  it('is somebody else where the rule was right, before or after', () => {
    const doubts = createDoubts()
    doubts.meet('a')
    doubts.prove('a')
    doubts.meet('a')
    doubts.meet('b')
    doubts.meet('b')
    doubts.takeBack('b')

    expect(doubts.counts()).toEqual({ foreign: 2, unjudged: 1 })
  })

  it('is counted, and no more, at more places than are kept', () => {
    const doubts = createDoubts()
    for (let n = 0; n < 20_000; n++) doubts.meet(`${n}`)
    for (let n = 0; n < 20_000; n++) doubts.prove(`${n}`)

    expect(doubts.counts()).toEqual({ foreign: 10_000, unjudged: 10_000 })
  })
})

describe('a tally', () => {
  it('shows no more of what names nobody than there is room for, and counts all', () => {
    const tally = createTally()
    const rule: OwnerRule = { field: '/name', is: 'name' }
    const ownership = { kind: 'unknown', value: 'x', expected: 'y', instead: undefined } as const
    const marks = [{ owner: 'somebody else', in: 'body', at: 0, length: 1 }] as const
    for (let n = 0; n < 3_000; n++) {
      const call: RunCall = {
        ...{ n, phase: 'replay', user: 'alice', method: 'GET', path: '/a', startMs: n, endMs: n },
        ...{ status: 200, outcome: 'failed', marks },
      }
      const judgement = { outcome: 'failed', ownership, differences: [] } as const
      tally.add(call, { ...judgement, stopped: false, mended: false, wasLeft: false }, rule)
    }
    tally.settle({ whose: () => undefined })

    expect(tally.counts).toMatchObject({ calls: 3_000, leaks: 0, unjudged: 3_000 })
    expect(tally.calls()).toHaveLength(3_000)
    expect(tally.calls().some(({ marks }) => marks !== undefined)).toBe(false)
  })
})

describe('what a replay counts', () => {
  it('is apart for calls that the browsers of the recording had left', () => {
    const tally = createTally()
    const call: RunCall = {
      ...{ n: 0, phase: 'replay', user: 'alice', method: 'GET', path: '/a', startMs: 0, endMs: 1 },
      ...{ status: 0, outcome: 'failed' },
    }
    const nothing = { ownership: undefined, differences: [], stopped: false, mended: false }
    const judgement = { ...nothing, outcome: 'failed' } as const

    tally.add(call, { ...judgement, wasLeft: true }, undefined)
    tally.add(call, { ...judgement, wasLeft: false }, undefined)

    expect(tally.counts).toMatchObject({ calls: 2, answers: 0, unanswered: 1, left: 1 })
  })

  it('lists calls in the order of their numbers, whatever became of them', () => {
    const tally = createTally()
    const judgement = { ownership: undefined, stopped: false, mended: false, wasLeft: false }
    for (const n of [0, 1, 2, 3]) {
      const call: RunCall = {
        ...{ n, phase: 'replay', user: 'alice', method: 'GET', path: '/a', startMs: 5, endMs: 6 },
        ...{ status: 200, outcome: 'plain' },
      }
      const differences = n % 2 === 1 ? ['status 200 → 500'] : []
      tally.add(call, { ...judgement, outcome: 'plain', differences }, undefined)
    }

    expect(tally.calls().map(({ n }) => n)).toEqual([0, 1, 2, 3])
  })
})

describe('a hint', () => {
  const answer = (body: unknown) => ({ status: 200, headers: [], body: JSON.stringify(body) })
  const asker = (persona: string) => ({
    persona,
    identity: identity(persona, { claims: { role: 'member' } }),
  })

  it('names what fits two people at least', () => {
    const hints = createHints()
    hints.look('/api/me?x=1', answer({ me: { 'a/b': 'alice' } }), asker('alice'))
    expect(hints.best()).toBeUndefined()

    hints.look('/api/me', answer({ me: { 'a/b': 'bob' } }), asker('bob'))

    for (const one of ['alice', 'bob', 'carol']) {
      hints.look('/api/role', answer({ role: 'member' }), asker(one))
    }

    expect(hints.best()).toBe('--owner /me/a~1b --owner-path /api/me (it fits 2 answers)')
  })
})

describe('a difference', () => {
  const texts = createTextRedactor(createSecretBook(), [])
  const answer = (body: unknown) => ({ status: 200, headers: [], body: JSON.stringify(body) })
  const found = (was: unknown, is: unknown, ...compare: string[]) =>
    differencesOf({ recorded: answer(was), live: answer(is), cut: false }, compare, texts)

  it('is none of what the recording left out', () => {
    expect(found({ a: '{{alice.token}}' }, { a: 'x' }, '/a')).toEqual([])
    expect(found({ a: '{{alice.token}}' }, {}, '/a')).toEqual(['/a "{{alice.token}}" → nothing'])
  })

  it('shows no secret', () => {
    expect(found({}, { pin: 4711 }, '/pin')).toEqual(['/pin nothing → {{hidden}}'])
    expect(found({}, { me: { pin: 4711 } }, '/me')[0]).not.toContain('4711')
  })
})

describe('the verdict', () => {
  const none: Counts = {
    calls: 9,
    answers: 9,
    leaks: 0,
    stopped: 0,
    thrownOut: 0,
    verified: 0,
    unjudged: 0,
    different: 0,
    mended: 0,
    skipped: 0,
    unfilled: 0,
    unanswered: 0,
    left: 0,
  }
  const misfit = { rank: 3, sentence: 'GET /a as alice: so it is' } as const
  const missing = { ...misfit, rank: 0 } as const

  it.each([
    [{ answers: 0 }, {}, 2, 'COULD NOT JUDGE: nothing of the recording was answered.'],
    [{ verified: 3 }, {}, 0, 'CLEAN: 9 answers are as recorded. 3 own reads verified.'],
    [{ verified: 3 }, { misfit }, 0, 'CLEAN: '],
    [
      { verified: 3, mended: 3 },
      {},
      0,
      'CLEAN: 6 of 9 answers are as recorded; 3 others were wrong when they were recorded, and are right. 3 own',
    ],
    [
      { verified: 9, mended: 9 },
      {},
      0,
      'CLEAN: 9 were wrong when they were recorded, and are right. 9 own reads verified.',
    ],
    [
      { leaks: 2, mended: 1 },
      {},
      1,
      'LEAK: 2 of 9 answers belonged to someone else. 1 other was wrong when it was recorded, and is right.',
    ],
    [
      { verified: 3 },
      { inTurn: true },
      0,
      'CLEAN: 9 answers are as recorded. 3 own reads verified. Played one',
    ],
    [{}, {}, 2, 'AS RECORDED: 9 answers are as recorded. Whose they are was not checked: give'],
    [{}, { ownerless: true }, 0, 'AS RECORDED: '],
    [{}, { misfit: missing }, 2, 'AS RECORDED: 9 answers are as recorded. None told whose it is:'],
    [
      {},
      { misfit },
      2,
      "COULD NOT JUDGE: no answer was its asker's own: GET /a as alice: so it is.",
    ],
    [{ different: 1 }, { misfit }, 2, 'COULD NOT JUDGE: '],
    [
      {},
      { ruled: true, signIns: { all: 2, refused: 2, status: 401 } },
      2,
      'AS RECORDED: 9 answers are as recorded. Whose they are was not checked: 2 of 2 sign-ins let nobody in (the first was answered 401).',
    ],
    [{ different: 1 }, { misfit: missing }, 1, 'DIFFERENT: 1 of 9 answers is not as recorded.'],
    [{ different: 2, verified: 1 }, {}, 1, 'DIFFERENT: 2 of 9 answers are not as recorded. 1 own'],
    [{ leaks: 1 }, { misfit }, 1, 'LEAK: 1 of 9 answers belonged to someone else.'],
    [{ leaks: 2, stopped: 2 }, {}, 1, 'LEAK: 2 of 9 answers belonged to someone else, all held'],
    [{ thrownOut: 1 }, {}, 1, 'LEAK: 1 valid user was thrown out.'],
  ])('of %j and %j exits %i', (counts, found, code, sentence) => {
    const verdict = verdictOf({
      counts: { ...none, ...counts },
      differences: [],
      ownerless: false,
      misfit: undefined,
      hint: undefined,
      inTurn: false,
      ...found,
    })

    expect(exitCodeOf(verdict)).toBe(code)
    expect(verdict.sentence.startsWith(sentence), verdict.sentence).toBe(true)
  })

  it('names equal differences once, with how often', () => {
    const one = (n: number, path: string) => ({
      ...{ n, user: 'alice', method: 'GET', path, what: ['status 200 → 500'] },
    })
    const { explanation } = verdictOf({
      counts: { ...none, different: 9 },
      differences: [
        ...[0, 1, 2].map((n) => one(n, '/api/orders')),
        ...['/a', '/b', '/c', '/d'].map((path, n) => one(n + 3, path)),
      ],
      ...{ ownerless: false, misfit: undefined, hint: undefined, inTurn: false },
    })

    expect(explanation).toBe(
      'Not as recorded: alice GET /api/orders: status 200 → 500 (3 times); alice GET /a: status 200 → 500; alice GET /b: status 200 → 500; and 4 more.',
    )
  })
})
