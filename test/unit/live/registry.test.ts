import { describe, expect, it } from 'vitest'
import { createLiveRegistry, type LiveEnd, type LiveKind } from '../../../src/live/registry.ts'
import type { FoundSession } from '../../../src/session/find.ts'
import type { OpenSession } from '../../../src/session/session.ts'
import { ANY_RECORD, StoreUnreachableError } from '../../../src/session/store.ts'
import type { Ticket } from '../../../src/session/ticket.ts'
import { manualClock } from '../../support/clock.ts'

const HOUR = 3_600_000

/** A registry over sessions that are what the test says they are. */
function start({ perSession = 100, perProcess = 100 } = {}) {
  const clock = manualClock()
  const told: string[] = []
  const listeners = new Set<(message: string) => void>()
  const states = new Map<string, FoundSession | 'away'>()
  let [asking, mostAsking, asked, seen] = [0, 0, 0, 0]
  let provenAt = Infinity
  const registry = createLiveRegistry({
    clock,
    perSession,
    perProcess,
    endOf: ({ record }) => record.endsAt,
    store: {
      get provenAt() {
        return provenAt
      },
      subscribe(_topic, listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
    sessions: {
      near: (ticket) => {
        const state = states.get(ticket.storeKey)
        return state !== 'away' && state?.kind === 'active' ? state.session : undefined
      },
      async find(ticket) {
        asked++
        mostAsking = Math.max(mostAsking, ++asking)
        await new Promise(setImmediate)
        asking--
        const state = states.get(ticket.storeKey) ?? { kind: 'absent' }
        if (state === 'away') throw new StoreUnreachableError('away')
        return state
      },
      async end(storeKey, reason) {
        states.set(storeKey, { kind: 'ended', reason })
        return true
      },
      see(session) {
        seen++
        session.idleAt = clock.now() + HOUR
      },
    },
    events: {
      opened: () => {},
      closed: (kind, why) => told.push(`${kind} ${why}`),
      refused: (of) => told.push(`refused ${of}`),
      failed: (error) => told.push(String(error)),
    },
  })
  const sessionOf = (name: string): OpenSession => {
    const now = clock.now()
    const ticket = { storeKey: name, text: name } as unknown as Ticket
    const session = {
      ticket,
      record: { endsAt: now + 24 * HOUR },
      idleAt: now + HOUR,
    } as OpenSession
    states.set(name, { kind: 'active', session })
    return session
  }
  const join = (who: OpenSession | Ticket | undefined, kind: LiveKind = 'websocket') => {
    const closed: LiveEnd[] = []
    const joined = registry.join(kind, who, { close: (why) => closed.push(why) })
    return { joined, closed, seat: joined.kind === 'joined' ? joined.seat : undefined }
  }
  const publish = (message: string) => {
    for (const listener of listeners) listener(message)
  }
  const settle = async () => {
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
  }
  return {
    registry,
    clock,
    told,
    states,
    sessionOf,
    join,
    publish,
    settle,
    set provenAt(at: number) {
      provenAt = at
    },
    get facts() {
      return { asked, mostAsking, seen }
    },
  }
}

describe('the registry of live connections', () => {
  it('asks about a session when its record has changed, and closes what it no longer carries', async () => {
    const it = start()
    const [ada, bob] = [it.join(it.sessionOf('ada')), it.join(it.sessionOf('bob'))]
    it.states.set('ada', { kind: 'ended', reason: 'signed_out' })

    it.publish('ada')
    it.publish('nobody')
    await it.settle()

    expect([ada.closed, bob.closed]).toEqual([['signed_out'], []])
    expect(it.facts.asked).toBe(1)
    expect(it.registry.counts).toEqual({ websocket: 1, events: 0, answer: 0 })
  })

  it('asks for many at once in small numbers, each once however often it was told', async () => {
    const it = start({ perProcess: 1000 })
    for (let i = 0; i < 200; i++) it.join(it.sessionOf(`p${i}`))

    for (let i = 0; i < 5; i++) it.publish(ANY_RECORD)
    await it.settle()

    expect(it.facts.mostAsking).toBeLessThanOrEqual(32)
    // Those that were being asked about may have changed since.
    expect(it.facts.asked).toBeLessThanOrEqual(232)
    expect(it.registry.counts.websocket).toBe(200)
  })

  it('one that throws keeps no other open', async () => {
    const it = start()
    const session = it.sessionOf('ada')
    it.registry.join('websocket', session, {
      close() {
        throw new Error('broken')
      },
    })
    const other = it.join(session)
    it.states.set('ada', { kind: 'ended', reason: 'revoked' })

    it.publish('ada')
    await it.settle()

    expect(other.closed).toEqual(['revoked'])
    expect(it.told).toContain('Error: broken')
  })

  it('with the store away closes nobody, and looks again when it is back', async () => {
    const it = start()
    const ada = it.join(it.sessionOf('ada'))
    it.states.set('ada', 'away')
    it.publish('ada')
    await it.settle()
    it.clock.advance(10_000)
    await it.settle()
    expect(ada.closed).toEqual([])

    it.states.set('ada', { kind: 'ended', reason: 'revoked' })
    it.clock.advance(250)
    await it.settle()

    expect(ada.closed).toEqual(['revoked'])
  })

  it('with the store away past a deadline that nobody can move closes as unconfirmed', async () => {
    const it = start()
    const ada = it.join(it.sessionOf('ada'))
    it.states.set('ada', 'away')

    it.clock.advance(HOUR + 250)
    await it.settle()

    expect(ada.closed).toEqual(['unconfirmed'])
  })

  it('asks the store itself while nothing is heard', async () => {
    const it = start()
    const ada = it.join(it.sessionOf('ada'))
    it.provenAt = it.clock.now() - 2000
    it.clock.advance(250)
    await it.settle()
    expect(ada.closed).toEqual([])
    it.states.set('ada', { kind: 'absent' })

    it.clock.advance(500)
    await it.settle()

    expect(ada.closed).toEqual(['absent'])
  })

  it('makes up after a silence for what was not heard in it', async () => {
    const it = start()
    const ada = it.join(it.sessionOf('ada'))
    it.provenAt = it.clock.now() - 2000
    it.clock.advance(250)
    await it.settle()
    it.states.set('ada', { kind: 'ended', reason: 'revoked' })

    it.provenAt = Infinity
    it.clock.advance(250)
    await it.settle()

    expect(ada.closed).toEqual(['revoked'])
  })

  it('goes by a deadline that was moved elsewhere', async () => {
    const it = start()
    const session = it.sessionOf('ada')
    const ada = it.join({ ...session })
    session.idleAt += HOUR

    it.clock.advance(HOUR + 250)
    await it.settle()
    expect(ada.closed).toEqual([])
    it.states.set('ada', { kind: 'idle' })
    it.clock.advance(HOUR)
    await it.settle()

    expect(ada.closed).toEqual(['idle'])
  })

  it('slides a session a few times a second at most, and never one that is idle already', () => {
    const it = start()
    const session = it.sessionOf('ada')
    const { seat } = it.join(session)
    for (let i = 0; i < 10; i++) seat?.slide()
    expect(it.facts.seen).toBe(1)
    it.clock.advance(250)
    seat?.slide()
    expect(it.facts.seen).toBe(2)

    session.idleAt = it.clock.now() + 1500
    it.clock.advance(1500)
    seat?.slide()

    expect(it.facts.seen).toBe(2)
  })

  it('asks at once about whoever is not remembered any more: an end may have come in between', async () => {
    const it = start()
    const session = it.sessionOf('ada')
    it.states.set('ada', { kind: 'ended', reason: 'signed_out' })

    const ada = it.join(session)
    await it.settle()

    expect(ada.closed).toEqual(['signed_out'])
  })

  it('keeps with a ticket alone whoever says that it stays', async () => {
    const it = start()
    const ticket = { storeKey: 'new', text: 'new' } as unknown as Ticket
    const found: string[] = []
    it.states.set('new', { kind: 'pending' })
    const joined = it.registry.join('events', ticket, {
      close: (why) => found.push(why),
      looked: (one) => found.push(one.kind),
      keeps: ({ kind }) => kind === 'pending' || kind === 'active',
    })
    await it.settle()
    it.states.set('new', { kind: 'absent' })
    if (joined.kind === 'joined') joined.seat.look()
    await it.settle()

    expect(found).toEqual(['pending', 'absent'])
  })

  it('has room for so many of a session and of all, long answers aside', () => {
    const it = start({ perSession: 2, perProcess: 3 })
    const [ada, bob] = [it.sessionOf('ada'), it.sessionOf('bob')]
    it.join(ada, 'answer')
    const first = it.join(ada)
    expect(it.join(ada, 'events').joined.kind).toBe('joined')

    expect(it.join(ada).joined).toEqual({ kind: 'full', of: 'session' })
    expect(it.join(bob).joined.kind).toBe('joined')
    expect(it.join(undefined, 'events').joined).toEqual({ kind: 'full', of: 'process' })
    expect(it.join(ada, 'answer').joined.kind).toBe('joined')
    first.seat?.leave()
    first.seat?.leave()
    expect(it.join(ada).joined.kind).toBe('joined')
    expect(it.told).toEqual(['refused session', 'refused process', 'websocket left'])
  })

  it('drains: WebSockets and event streams end, nobody else comes in, answers run to their end', () => {
    const it = start()
    const ada = it.sessionOf('ada')
    const [socket, stream, answer] = [
      it.join(ada),
      it.join(undefined, 'events'),
      it.join(ada, 'answer'),
    ]

    it.registry.drain()

    expect([socket.closed, stream.closed, answer.closed]).toEqual([['draining'], ['draining'], []])
    expect(it.join(ada).joined).toEqual({ kind: 'draining' })
    expect(it.join(ada, 'answer').joined.kind).toBe('joined')
  })
})
