import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoPassword } from '../../src/qa/personas.ts'
import { type RunningCommand, startCommand } from '../support/command.ts'
import { type Folder, openFolder } from '../support/folder.ts'

describe('what the demo serves its page', () => {
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

  it('is a page whose policy allows its own files and nothing else', async () => {
    const { text } = await demo.send('/')

    const [, policy = ''] =
      /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(text) ?? []
    const sources = policy.split('; ').map((line) => line.split(' '))

    expect(sources[0]).toEqual(['default-src', "'none'"])
    const allowed = new Set(sources.flatMap(([, ...what]) => what))
    expect(allowed).toEqual(new Set(["'none'", "'self'", "'script'"]))
  })

  it('is hashed files that browsers may keep, and a page that they may not', async () => {
    const page = await demo.send('/')
    const [script = ''] = /(?<=")\/assets\/[\w-]+\.js/.exec(page.text) ?? []

    expect((await demo.send(script)).headers['cache-control']).toContain('immutable')
    expect(page.headers['cache-control']).toBe('no-cache')
  })

  it('tells a person what their token is, without keeping them signed in for it', async () => {
    const alice = await demo.signIn('alice', demoPassword)
    const before = (await alice.get('/auth/session')).json()

    const mine = await alice.get('/demo/mine')
    const after = (await alice.get('/auth/session')).json()

    expect(mine.json()).toMatchObject({
      username: 'alice',
      token: expect.stringMatching(/^[\w-]{4}$/),
      expiresAt: before.tokens.demo.expiresAt,
      renewals: 0,
    })
    expect(after.idleAt).toBe(before.idleAt)
    expect((await demo.send('/demo/mine')).headers['coatcheck-problem']).toBe('session_required')
  })

  it('lets anybody watch two people through the one jar, from this page only', async () => {
    const ask = (headers: Record<string, string> = {}) =>
      demo.send('/demo/one-jar', { method: 'POST', json: { people: ['alice', 'bob'] }, headers })

    const answer = await ask()
    const { cookie } = await demo.signIn('bob', demoPassword)
    const elsewhere = await ask({ 'sec-fetch-site': 'cross-site', cookie })

    expect(answer.json().map(({ asked }: { asked: string }) => asked)).toEqual(['alice', 'bob'])
    expect(answer.text).not.toMatch(/eyJ|Bearer/)
    expect(elsewhere.headers['coatcheck-problem']).toBe('csrf_refused')
  })

  it('keeps the bug’s traffic out of what the upstream saw', async () => {
    const seen = async () => (await demo.send('/demo/seen')).json().length
    const before = await seen()

    await demo.send('/demo/one-jar', { method: 'POST', json: { people: ['carol', 'dave'] } })

    expect(await seen()).toBe(before)
  })
})
