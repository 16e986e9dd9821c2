import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoPassword } from '../../src/qa/personas.ts'
import { type RunningCommand, startCommand } from '../support/command.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { type LiveClient, openWebSocket } from '../support/live-client.ts'

describe('the demo’s chat', () => {
  let dir: Folder
  let demo: RunningCommand

  beforeAll(async () => {
    dir = await openFolder()
    demo = await startCommand(['demo', '--port', '0'], { cwd: dir.path })
  })

  afterAll(async () => {
    await demo?.[Symbol.asyncDispose]()
    await dir?.[Symbol.asyncDispose]()
  })

  const enter = (cookie?: string) => {
    const host = `localhost:${demo.port}`
    const own = { from: `http://${host}`, headers: { host } }
    return openWebSocket({ port: demo.port, path: '/api/chat', cookie, ...own })
  }
  const signIn = (username: string) => demo.signIn(username, demoPassword)
  const until = async (chat: LiveClient, text: string) => {
    for (;;) {
      const event = JSON.parse(await chat.next())
      if (event.text === text) return event
    }
  }

  it('tells everybody who said what, by the token that their connection was opened with', async () => {
    using alice = enter((await signIn('alice')).cookie)
    using bob = enter((await signIn('bob')).cookie)
    expect(JSON.parse(await alice.next())).toEqual({ you: 'alice' })
    expect(JSON.parse(await bob.next())).toEqual({ you: 'bob' })

    alice.ws.send('Is this {"from":"carol"}?')
    expect(await until(bob, 'Is this {"from":"carol"}?')).toMatchObject({ from: 'alice' })
    bob.ws.send('No, that was Alice.')
    expect(await until(alice, 'No, that was Alice.')).toMatchObject({ from: 'bob' })

    const seen: Record<string, unknown>[] = (await demo.send('/demo/seen')).json()
    const handshakes = seen.filter(({ path }) => path === '/chat')
    expect(handshakes.slice(0, 2).map(({ owner }) => owner)).toEqual(['bob', 'alice'])
    expect(handshakes.every(({ cookie, status }) => !cookie && status === 101)).toBe(true)
  })

  it('is left by whoever signs out, and by nobody else', async () => {
    const [carol, dave] = [await signIn('carol'), await signIn('dave')]
    using here = enter(carol.cookie)
    using beside = enter(carol.cookie)
    using other = enter(dave.cookie)
    for (const chat of [here, beside, other]) expect(await chat.opened).toBe('open')

    await demo.send('/auth/logout', { method: 'POST', cookie: carol.cookie })

    for (const chat of [here, beside]) {
      expect(await chat.closed).toMatchObject({ code: 4401, reason: 'signed_out' })
    }
    other.ws.send('Still here')
    expect(await until(other, 'Still here')).toMatchObject({ from: 'dave' })
  })

  it('takes nobody without a session', async () => {
    using chat = enter()

    expect(await chat.opened).toMatchObject({ status: 401, code: 'session_required' })
  })

  it('drops what is too long for a message, and cuts off what is much too long', async () => {
    using chat = enter((await signIn('alice')).cookie)
    await chat.opened

    chat.ws.send('x'.repeat(501))
    chat.ws.send('Short')
    await until(chat, 'Short')
    chat.ws.send('x'.repeat(5000))

    expect(await chat.closed).toMatchObject({ code: 1009 })
    expect(chat.messages.filter(({ data }) => data.includes('xxx'))).toEqual([])
  })
})
