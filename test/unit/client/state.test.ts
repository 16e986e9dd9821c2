import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../src/client/problem.ts'
import type * as kit from '../../../src/client/state.ts'
import { type Belief, doubt, learn, nothingKnown } from '../../../src/client/state.ts'
import type { EndReason } from '../../../src/session/session.ts'
import type { SignedInBody, SignedOutBody } from '../../../src/sign-in/session-body.ts'
import { sessionOf } from './fake-browser.ts'

const NOW = 1_900_000_000_000
const others = { endingMs: 60_000, own: false }
const absent: kit.SignedOutAnswer = { authenticated: false, state: 'absent', now: NOW, signIn: [] }
const outage: Problem = { code: 'store_unreachable', status: 503, message: 'Later' }

function having(...answers: kit.SessionAnswer[]): Belief {
  return answers.reduce((belief, answer) => learn(belief, answer, others)[0], nothingKnown)
}

describe('what an answer changes', () => {
  const ada = sessionOf('ada', NOW)
  const later = { main: { expiresAt: NOW + 1_200_000, refreshable: true } }
  it.each([
    ['nobody at first', nothingKnown, absent, 'unauthenticated', undefined],
    ['somebody at first', nothingKnown, ada, 'authenticated', undefined],
    ['the end', having(ada), absent, 'unauthenticated', 'session.ended'],
    ['a start', having(absent), ada, 'authenticated', 'session.started'],
    ['nothing', having(ada), { ...ada, now: NOW + 1 }, 'authenticated', undefined],
    [
      'a renewed token',
      having(ada),
      { ...ada, tokens: later },
      'authenticated',
      'session.refreshed',
    ],
    ['a new session', having(ada), { ...ada, ref: 'b' }, 'authenticated', 'session.started'],
    ['an end in sight', having(ada), { ...ada, idleAt: NOW }, 'authenticated', 'session.ending'],
    [
      'an end in sight at first',
      nothingKnown,
      { ...ada, endsAt: NOW },
      'authenticated',
      'session.ending',
    ],
    [
      'an end still in sight',
      having({ ...ada, idleAt: NOW }),
      { ...ada, idleAt: NOW, claims: { a: 1 } },
      'authenticated',
      undefined,
    ],
    ['another person', having(ada), sessionOf('bob', NOW), 'unauthenticated', 'session.changed'],
    [
      'another provider',
      having(ada),
      { ...ada, provider: 'b' },
      'unauthenticated',
      'session.changed',
    ],
    [
      'another person still',
      having(ada, sessionOf('bob', NOW)),
      sessionOf('bob', NOW),
      'unauthenticated',
      undefined,
    ],
    [
      'the first person again',
      having(ada, sessionOf('bob', NOW)),
      ada,
      'authenticated',
      'session.started',
    ],
  ] as const)('%s', (_name, before, answer, status, event) => {
    const [belief, happened] = learn(before, answer, others)

    expect([belief.state.status, happened?.type]).toEqual([status, event])
  })

  it('tells why nobody is signed in, for as long as nobody is', () => {
    const ended: kit.SignedOutAnswer = { ...absent, state: 'ended', reason: 'revoked' }
    expect(having(ada, ended).state.reason).toBe('revoked')
    expect(having(ada, ended, absent).state.reason).toBe('revoked')
    expect(having(ada, { ...absent, state: 'idle' }, absent).state.reason).toBe('idle')
    expect(having(ada, ended, ada, absent).state.reason).toBeUndefined()
    expect(having(ada, sessionOf('bob', NOW), absent).state.reason).toBeUndefined()
  })

  it('keeps the page for whom it was made, through everything that others do', () => {
    const bob = sessionOf('bob', NOW)
    expect(having(ada, bob).madeFor?.sub).toBe('ada')
    expect(having(ada, absent, bob, absent, bob).madeFor?.sub).toBe('ada')
    expect(learn(having(ada), bob, { ...others, own: true })[0].madeFor?.sub).toBe('bob')
    expect(learn(having(ada), absent, { ...others, own: true })[0].madeFor).toBeUndefined()
  })
})

describe('a failure', () => {
  it('changes nothing but how sure one is', () => {
    const before = having(sessionOf('ada', NOW))
    const belief = doubt(before, outage)

    expect(belief).toEqual({
      ...before,
      state: { ...before.state, stale: true, problem: outage },
    })
    expect(doubt(belief, outage).state).toBe(belief.state)
    expect(learn(belief, sessionOf('ada', NOW), others)[0]).toEqual(before)
  })
})

describe('the words', () => {
  it('are those of the gateway', () => {
    // Held by the compiler: what the gateway answers is what the client takes, and every reason has its word.
    const takes = (_answer: kit.SessionAnswer) => {}
    type Json<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
    const gives = (body: Json<Omit<SignedInBody, 'tokens'>> & Pick<kit.Session, 'tokens'>) =>
      takes(body)
    const refuses = (body: SignedOutBody) => takes(body)
    const reasons = (reason: EndReason): kit.Reason => reason

    expect([gives, refuses, reasons]).toHaveLength(3)
  })
})
