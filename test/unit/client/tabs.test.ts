import { describe, expect, it } from 'vitest'
import { openTabs } from '../../../src/client/tabs.ts'
import { fakeBrowser, problem, sessionOf, settled } from './fake-browser.ts'

const MINUTE = 60_000

describe('one background poll per browser', () => {
  it('is made by one tab, and all are told', async () => {
    const it = fakeBrowser()
    const tabs = []
    for (let count = 0; count < 8; count++) tabs.push(await it.open())
    const atLoad = it.gateway.polls

    it.gateway.session = sessionOf('ada', it.clock.now())
    await it.pass(10 * MINUTE)

    expect(atLoad).toBe(8)
    expect(it.gateway.polls - atLoad).toBe(20)
    for (const { client } of tabs) expect(client.session().session?.sub).toBe('ada')
  })

  it('does not keep the session alive by what it asks', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    await it.open()
    await it.pass(5 * MINUTE)

    expect(new Set(it.gateway.calls.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set(['GET /auth/session']),
    )
  })

  it('is taken over by the next tab when the one that made it is closed', async () => {
    const it = fakeBrowser()
    const first = await it.open()
    const second = await it.open()
    const before = it.gateway.polls

    first.client.close()
    await it.pass(2 * MINUTE)

    expect(it.gateway.polls - before).toBe(4)
    expect([first.timers, second.timers]).toEqual([0, 1])
  })

  it('pauses while every tab is hidden, and is caught up on at once when one is shown', async () => {
    const it = fakeBrowser()
    const [one, two] = [await it.open(), await it.open()]
    one.hide()
    two.hide()
    const before = it.gateway.polls
    await it.pass(20 * MINUTE)
    const hidden = it.gateway.polls

    two.show()
    await settled()
    await it.pass(1)

    expect(hidden).toBe(before)
    expect(it.gateway.polls).toBe(before + 1)
    expect([one.timers, two.timers]).toEqual([0, 1])
  })

  it('moves from a tab that is hidden to one that is seen', async () => {
    const it = fakeBrowser()
    const [one, two] = [await it.open(), await it.open()]

    one.hide()
    await settled()
    const shown = [one.timers, two.timers]
    two.hide()
    one.show()
    await settled()

    expect(shown).toEqual([0, 1])
    expect([one.timers, two.timers]).toEqual([1, 0])
  })

  it('is not made by a tab that is opened in the background; it asks once, for itself', async () => {
    const it = fakeBrowser()
    const tab = await it.open({ hidden: true })
    await it.pass(5 * MINUTE)

    expect(it.gateway.polls).toBe(1)
    expect(tab.client.session().status).toBe('unauthenticated')
  })

  it.each([
    ['no Web Locks', { locks: false }],
    ['Web Locks refused', { locks: 'refused' }],
    ['no BroadcastChannel', { channel: false }],
    ['BroadcastChannel refused', { channel: 'refused' }],
    ['neither', { locks: false, channel: false }],
  ] as const)('is made by each tab where there is %s', async (_name, missing) => {
    const it = fakeBrowser()
    const tabs = [await it.open(missing), await it.open(missing)]
    const before = it.gateway.polls

    it.gateway.session = sessionOf('ada', it.clock.now())
    await it.pass(MINUTE)

    for (const { client } of tabs) expect(client.session().session?.sub).toBe('ada')
    expect(it.gateway.polls - before).toBeGreaterThanOrEqual(2)
    expect(it.gateway.polls - before).toBeLessThanOrEqual(4)
  })

  it('leaves nothing behind when the last listener goes, and begins again with the next', async () => {
    const it = fakeBrowser()
    const tab = it.openTab()
    for (let again = 0; again < 3; again++) {
      const [one, two] = [tab.listen(), tab.listen()]
      await settled()
      one()
      two()
      await settled()
    }
    const left = [tab.timers, tab.watchers, it.channels.size, it.locks.held, it.locks.waiting]

    tab.listen()
    await settled()

    expect(left).toEqual([0, 0, 0, 0, 0])
    expect([tab.timers, it.channels.size, it.locks.held]).toEqual([1, 1, 1])
  })

  it('gives a lock back that it is granted after it gave up', async () => {
    const it = fakeBrowser()
    const held: Promise<void>[] = []
    const grants: (() => void)[] = []
    const leads: boolean[] = []
    const tabs = openTabs({
      browser: {
        ...it.openTab().browser,
        navigator: {
          locks: {
            async request(_name, _options, granted) {
              grants.push(() => held.push(granted()))
            },
          },
        },
      },
      name: 'one',
      told: () => {},
      lead: (leading) => leads.push(leading),
    })

    tabs.close()
    for (const grant of grants) grant()
    await Promise.all(held)

    expect(held).toHaveLength(1)
    expect(leads).toEqual([false])
  })

  it('ends for good with close, in the middle of an answer too', async () => {
    const it = fakeBrowser()
    const tab = await it.open()
    const signals: AbortSignal[] = []
    it.gateway.answer = ({ signal }) => {
      if (signal) signals.push(signal)
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    }
    await it.pass(MINUTE / 2)

    tab.client.close()
    tab.listen()
    await settled()
    const aborted = signals.map((signal) => signal.aborted)
    await it.pass(5 * MINUTE)

    expect(aborted).toEqual([true])
    expect(signals).toHaveLength(1)
    expect([tab.timers, it.channels.size, it.locks.held]).toEqual([0, 0, 0])
    expect((await tab.client.check()).stale).toBe(false)
  })
})

describe('tabs', () => {
  it('are told of a sign-in and a sign-out at once, without asking', async () => {
    const it = fakeBrowser()
    const [one, two] = [await it.open(), await it.open()]
    const other = it.gateway.calls.length

    await one.client.signIn({ username: 'ada', password: 'x' })
    await settled()
    const seen = two.client.session()
    await one.client.signOut()
    await settled()

    expect(seen).toMatchObject({ status: 'authenticated', session: { sub: 'ada' } })
    expect(two.client.session()).toMatchObject({
      status: 'unauthenticated',
      reason: 'signed_out',
      signIn: [{ provider: 'main' }],
    })
    expect(two.events.map(({ type }) => type)).toEqual(['session.started', 'session.ended'])
    expect(it.gateway.calls.slice(other).map(({ path }) => path)).toEqual([
      '/auth/login',
      '/auth/session',
      '/auth/logout',
      '/auth/session',
    ])
  })

  it('do not bring a session back by an answer that was asked for before the sign-out', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const [one, two] = [await it.open(), await it.open()]
    const held = Promise.withResolvers<Response>()
    const late = { ...it.gateway.session, now: it.clock.now() }
    it.gateway.answer = () => held.promise
    void one.client.check()
    await settled()

    it.gateway.answer = undefined
    it.clock.advance(500)
    await two.client.signOut()
    held.resolve(Response.json(late))
    await settled()

    for (const tab of [one, two]) {
      expect(tab.client.session().reason).toBe('signed_out')
      expect(tab.events.map(({ type }) => type)).toEqual(['session.ended'])
    }
  })

  it.each([5000, 60 * MINUTE])(
    'go on when the clock of the machine is set back by %i ms',
    async (ms) => {
      const it = fakeBrowser()
      const tab = await it.open()
      it.clock.jump(-ms)
      it.gateway.session = sessionOf('ada', it.clock.now())

      await tab.client.check()
      await it.pass(MINUTE)

      expect(tab.client.session().session?.sub).toBe('ada')
      expect(tab.timers).toBe(1)
    },
  )
})

describe('when the gateway cannot say', () => {
  it.each([
    [
      '503',
      () => problem('store_unreachable', 503, {}, { 'retry-after': '2' }),
      'store_unreachable',
    ],
    [
      'nobody answers',
      () => {
        throw new TypeError('Failed to fetch')
      },
      'gateway_unreachable',
    ],
    ['a page answers', () => new Response('<h1>Hello', { status: 200 }), 'gateway_unreachable'],
    ['a proxy answers', () => new Response('Bad Gateway', { status: 502 }), 'gateway_unreachable'],
    ['JSON of others answers', () => Response.json(null), 'gateway_unreachable'],
  ])(
    '(%s) what was known stays, as stale, in every tab, until it can',
    async (_name, answer, code) => {
      const it = fakeBrowser()
      it.gateway.session = sessionOf('ada', it.clock.now())
      const [one, two] = [await it.open(), await it.open()]

      it.gateway.answer = answer
      await it.pass(MINUTE)
      const during = [one.client.session(), two.client.session()]
      it.gateway.answer = undefined
      await it.pass(MINUTE)

      for (const state of during) {
        expect(state).toMatchObject({
          status: 'authenticated',
          session: { sub: 'ada' },
          stale: true,
          problem: { code },
        })
      }
      for (const tab of [one, two]) {
        expect(tab.client.session()).toMatchObject({ status: 'authenticated', stale: false })
        expect(tab.client.session().problem).toBeUndefined()
        expect(tab.events).toEqual([])
      }
    },
  )

  it('is asked again when Retry-After says, and ever more rarely as long as it fails', async () => {
    const it = fakeBrowser()
    await it.open()
    let retryAfter = '12'
    const at: number[] = []
    it.gateway.answer = () => {
      at.push(it.clock.now())
      return problem('store_unreachable', 503, {}, { 'retry-after': retryAfter })
    }
    await it.pass(3 * MINUTE)
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0))
    retryAfter = '86400'
    at.length = 0
    await it.pass(20 * MINUTE)

    expect(gaps).toEqual([12_000, 12_000, 12_000, 16_000, 30_000, 30_000, 30_000])
    expect(at.length).toBeGreaterThan(2)
    expect(at.length).toBeLessThan(6)
  })

  it('the next outage starts over', async () => {
    const it = fakeBrowser()
    await it.open()
    const fail = () => problem('store_unreachable', 503)
    it.gateway.answer = fail
    await it.pass(3 * MINUTE)
    it.gateway.answer = undefined
    await it.pass(MINUTE)
    it.gateway.answer = fail
    await it.pass(30_000)
    const before = it.gateway.polls
    await it.pass(2000)

    expect(it.gateway.polls - before).toBe(1)
  })

  it('an answer that never comes is given up', async () => {
    const it = fakeBrowser()
    const tab = await it.open()
    it.gateway.answer = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    await it.pass(50_000)

    expect(tab.client.session()).toMatchObject({
      stale: true,
      problem: { code: 'gateway_unreachable', status: 0 },
    })
  })

  it('a page that has never heard anything is still loading, and says why', async () => {
    const it = fakeBrowser()
    it.gateway.answer = () => problem('store_unreachable', 503)
    const tab = await it.open()

    expect(tab.client.session()).toMatchObject({
      status: 'loading',
      stale: true,
      problem: { code: 'store_unreachable', message: 'Title of store_unreachable' },
    })
  })
})

describe('deadlines', () => {
  it('are asked about early: once when the end comes in sight, once when it is there', async () => {
    const it = fakeBrowser()
    const now = it.clock.now()
    it.gateway.session = sessionOf('ada', now, { idleAt: now + 10 * MINUTE })
    const tab = await it.open({}, { pollMs: 60 * MINUTE })
    const at: number[] = []
    it.gateway.answer = ({ path }) => {
      at.push(it.clock.now() - now)
      it.gateway.answer = path === '/auth/session' ? it.gateway.answer : undefined
      const over = it.clock.now() >= now + 10 * MINUTE
      return Response.json(
        over
          ? { authenticated: false, state: 'idle', now: it.clock.now(), signIn: [] }
          : { ...it.gateway.session, now: it.clock.now() },
      )
    }
    await it.pass(11 * MINUTE)

    expect(at).toEqual([9 * MINUTE, 10 * MINUTE])
    expect(tab.events).toEqual([
      { type: 'session.ending', seconds: 60 },
      { type: 'session.ended', reason: 'idle' },
    ])
  })

  it('that the gateway moved while nobody asked are believed, not counted down', async () => {
    const it = fakeBrowser()
    const now = it.clock.now()
    it.gateway.session = sessionOf('ada', now, { idleAt: now + 10 * MINUTE })
    const tab = await it.open({}, { pollMs: 60 * MINUTE })
    it.gateway.session = sessionOf('ada', now, { idleAt: now + 30 * MINUTE })

    await it.pass(12 * MINUTE)

    expect(tab.client.session()).toMatchObject({ status: 'authenticated', ending: false })
    expect(tab.events).toEqual([])
  })

  it('that should have passed by what this page knows are no reason to ask without a pause', async () => {
    const it = fakeBrowser()
    const now = it.clock.now()
    it.gateway.session = sessionOf('ada', now, { idleAt: now })
    await it.open()
    const before = it.gateway.polls

    for (let tenth = 0; tenth < 100; tenth++) await it.pass(100)

    expect(it.gateway.polls - before).toBe(10)
  })

  it('go by the gateway’s clock, whatever the machine’s says', async () => {
    const it = fakeBrowser()
    const ahead = 3 * 60 * MINUTE
    const now = () => it.clock.now() + ahead
    const session = sessionOf('ada', now(), { idleAt: now() + 10 * MINUTE })
    it.gateway.answer = () => Response.json({ ...session, now: now() })
    const tab = await it.open({}, { pollMs: 60 * MINUTE })
    await it.pass(8 * MINUTE)
    const before = tab.client.session()
    await it.pass(2 * MINUTE)

    expect(tab.client.now()).toBe(now())
    expect(before).toMatchObject({ ending: false })
    expect(tab.client.session()).toMatchObject({ ending: true })
  })
})
