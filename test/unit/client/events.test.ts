import { describe, expect, it } from 'vitest'
import { type FakeSource, fakeBrowser, ORIGIN, sessionOf, settled } from './fake-browser.ts'

const MINUTE = 60_000

async function signedIn() {
  const set = fakeBrowser()
  const sources: FakeSource[] = []
  set.gateway.session = sessionOf('ada', set.clock.now())
  const tab = await set.open({ sources })
  const stream = () => {
    const last = sources.at(-1)
    if (!last) throw new Error('no stream was asked for')
    return last
  }
  return { ...set, tab, sources, stream }
}

describe('the stream of events', () => {
  it('is one for the whole browser, and news reaches every tab at once', async () => {
    const { open, tab, sources, stream, gateway, clock } = await signedIn()
    const other = await open({ sources })
    stream().accept()
    gateway.session = undefined
    gateway.ended = { state: 'ended', reason: 'revoked' }

    stream().say('session.ended', { why: 'revoked' })
    await settled()

    expect(sources.map(({ url }) => url)).toEqual([`${ORIGIN}/auth/events`])
    for (const one of [tab, other]) {
      expect(one.client.session()).toMatchObject({ status: 'unauthenticated', reason: 'revoked' })
    }
    expect(sources[0]?.readyState).toBe(2)
    expect(clock.now()).toBeGreaterThan(0)
  })

  it('spares the questions while it is open, and takes what it says without asking', async () => {
    const { tab, stream, gateway, clock, pass } = await signedIn()
    stream().accept()
    stream().say('session.state', sessionOf('ada', clock.now()))
    const { polls } = gateway

    await pass(4 * MINUTE)
    const tokens = { main: { expiresAt: clock.now() + 10 * MINUTE, refreshable: true } }
    stream().say('session.refreshed', sessionOf('ada', clock.now(), { tokens }))

    expect(gateway.polls).toBe(polls)
    expect(tab.events.map(({ type }) => type)).toEqual(['session.refreshed'])
  })

  it('gives way to questions when it breaks off, and is tried again with each', async () => {
    const { sources, stream, gateway, pass } = await signedIn()
    stream().accept()
    const { polls } = gateway
    stream().fail(true)
    await settled()

    await pass(31_000)

    expect(gateway.polls).toBe(polls + 1)
    expect(sources).toHaveLength(2)
  })

  it('that is refused at once is not asked for in a circle', async () => {
    const { sources, stream, pass } = await signedIn()
    stream().fail(true)

    await pass(29_000)

    expect(sources).toHaveLength(1)
  })

  it('moves to another tab with the lead', async () => {
    const { open, tab, sources } = await signedIn()
    await open({ sources })

    tab.hide()
    await settled()

    expect(sources.map(({ readyState }) => readyState)).toEqual([2, 0])
  })

  it('is not opened where nobody is signed in, and opened anew for whoever signs in', async () => {
    const { open, gateway } = fakeBrowser()
    const sources: FakeSource[] = []
    const tab = await open({ sources })
    expect(sources).toEqual([])

    await tab.client.signIn({ username: 'ada', password: 'x' })
    await tab.client.signIn({ username: 'bob', password: 'x' })

    expect(gateway.session?.sub).toBe('bob')
    expect(sources.map(({ readyState }) => readyState)).toEqual([2, 0])
  })

  it('finishes a sign-in that waits for somebody else', async () => {
    const { open, gateway, clock } = fakeBrowser()
    const sources: FakeSource[] = []
    gateway.ended = { state: 'pending' } as never
    const tab = await open({ sources })
    sources[0]?.accept()
    gateway.session = sessionOf('ada', clock.now())

    sources[0]?.say('signin.active', { to: '/' })
    await settled()

    expect(tab.client.session()).toMatchObject({ status: 'authenticated', session: { sub: 'ada' } })
  })
})
