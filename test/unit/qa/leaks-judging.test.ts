// What is ordinary at a service is no leak, what is not is one, wherever in an answer it stands.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { describe, expect, it, vi } from 'vitest'
import { type Clock, pause, systemClock } from '../../../src/lib/clock.ts'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import { targetFrom } from '../../support/leaks.ts'
import { runScript } from '../../support/script.ts'
import { startSteadyClock } from '../../support/steady-clock.ts'

// A run may take the half minute that its target has.
vi.setConfig({ testTimeout: 90_000 })

const users: readonly string[] = ['alice', 'bob', 'carol']

interface Reply {
  readonly status?: number
  readonly body: unknown
  readonly headers?: Record<string, string>
}

/** Answers a path for whoever asks; `undefined`: nobody who signed in. */
type Pages = Readonly<Record<string, (name: string | undefined) => Reply | Promise<Reply>>>

describe('the leak finder', () => {
  it('takes lists of members, friends and news for what they are', async () => {
    await using service = await startService({
      '/user': (name) => ({
        body: { username: name, friends: users.filter((one) => one !== name) },
      }),
      '/members': () => ({ body: users.map((name) => ({ name, mail: `${name}@example.org` })) }),
      '/news': () => ({ body: { by: 'alice', text: 'It rains' } }),
      '/inbox': (name) => ({ body: { for: name, from: 'bob' } }),
    })

    const { verdict } = await service.leaks(['/members', '/news', '/inbox'])

    expect(verdict.sentence).toMatch(/^CLEAN/)
    expect(verdict.verified).toBeGreaterThan(100)
  })

  it('finds a page that is kept for the next one who asks', async () => {
    let kept: Reply = { body: {} }
    let asked = 0
    await using service = await startService({
      '/inbox': (name) => {
        if (name === undefined) return { status: 401, body: {} }
        if (asked++ % 10 === 0) kept = { body: { for: name } }
        return kept
      },
    })

    const { verdict, calls } = await service.leaks(['/inbox'])

    expect(verdict).toMatchObject({ outcome: 'leak', bug: 'cached-answer' })
    expect(
      calls.filter(({ outcome }) => outcome === 'foreign').every(({ path }) => path === '/inbox'),
    ).toBe(true)
  })

  it.each([
    ['a header', (other: string): Partial<Reply> => ({ headers: { 'x-user': other } }), 'header'],
    [
      'a mail address',
      (other: string): Partial<Reply> => ({ body: { cc: `${other}@example.org` } }),
      'body',
    ],
  ])('finds the other in %s', async (_name, slip, where) => {
    let asked = 0
    await using service = await startService({
      '/page': (name) => {
        const other = users.find((one) => one !== name) ?? ''
        return { body: { ok: true }, ...(name !== undefined && ++asked > 12 ? slip(other) : {}) }
      },
    })

    const { verdict, calls } = await service.leaks(['/page'])

    expect(verdict.outcome).toBe('leak')
    const marks = calls.flatMap((call) => call.marks ?? [])
    expect(marks[0]).toMatchObject({ in: where })
  })

  it('finds the token of another, and shows its label alone', async () => {
    await using service = await startService({
      '/debug': (name) => ({ body: { seen: name === 'bob' ? service.tokenOf('alice') : null } }),
    })

    const run = await service.leaks(['/debug'])

    expect(run.verdict.outcome).toBe('leak')
    const [leak] = run.calls.filter(({ outcome }) => outcome === 'foreign')
    expect(leak).toMatchObject({ user: 'bob', owner: 'alice' })
    expect(leak?.response?.body).toBe('{"seen":"{{alice.token}}"}')
    expect(JSON.stringify(run)).not.toContain(service.tokenOf('alice'))
  })

  it('finds who is thrown out when another signs out', async () => {
    await using service = await startService({}, { signOutEndsAll: true })

    const { verdict, calls } = await service.leaks([], 'signOut: { post: /logout }')

    expect(verdict.sentence).toBe(
      `THROWN OUT: 3 valid users were thrown out, ${calls.filter(({ outcome }) => outcome === 'thrown_out').length} times in all; none of ${verdict.answers} answers belonged to someone else.`,
    )
    expect(
      new Set(calls.filter(({ outcome }) => outcome === 'thrown_out').map(({ phase }) => phase)),
    ).toEqual(new Set(['sign-out']))
  })

  it('finds who is thrown out by a restart', async () => {
    await using service = await startService({})

    const { verdict } = await service.leaks([], `restart: "curl -sf ${service.url}/restart"`)

    expect(verdict).toMatchObject({ thrownOut: 3, leaks: 0, bug: 'per-process-memory' })
    expect(verdict.history?.steps).toEqual([
      'Alice signs in',
      "Alice asks GET /user → Alice's own profile",
      'The service is restarted',
      'Alice asks GET /user → 401, thrown out',
    ])
  })

  it('says so where the restart fails', async () => {
    await using service = await startService({})

    const { verdict } = await service.leaks([], 'restart: "exit 3"')

    expect(verdict.sentence).toBe(
      'COULD NOT JUDGE: the restart command ended with 3; correct restart, or leave it out.',
    )
  })

  it('ends in time, whatever it has found by then', async () => {
    let asked = 0
    using clock = startSteadyClock()
    await using service = await startService({
      '/page': async (name) => {
        await pause(clock, 40)
        const other = users[++asked % users.length]
        return { body: name === undefined ? {} : { for: asked % 3 > 0 ? name : other } }
      },
    })
    const began = clock.now()

    const { verdict } = await service.leaks(['/page'], 'timeouts: { total: 3s }', clock)

    expect(verdict).toMatchObject({ outcome: 'leak', bug: 'unknown' })
    expect(clock.now() - began).toBeLessThan(4_500)
  })

  it('gives a script that carries tokens, too', async () => {
    await using service = await startService({
      '/last': (name) => ({ body: name === undefined ? {} : { last: service.last() } }),
    })
    const { verdict } = await service.leaks(['/last'])

    const shown = await runScript(verdict.history?.curl ?? '', {
      ALICE_PASSWORD: 'right',
      BOB_PASSWORD: 'right',
      CAROL_PASSWORD: 'right',
    })

    expect(verdict.bug).toBe('shared-jar')
    expect(shown).toMatch(/^(\w+): \{"last":"(?!\1)\w+"\}\n$/i)
  })
})

async function startService(pages: Pages, { signOutEndsAll = false } = {}) {
  const tokens = new Map<string, string>()
  let last = ''
  const nameOf = ({ headers }: IncomingMessage) => tokens.get(headers.authorization ?? '')
  const answer = (request: IncomingMessage, body: string): Reply | Promise<Reply> => {
    const { url = '' } = request
    if (url === '/login') {
      const { username } = JSON.parse(body) as { username: string }
      last = username
      const token = `token-of-${username}-${tokens.size}-0123456789`
      tokens.set(`Bearer ${token}`, username)
      return { body: { data: { token } } }
    }
    if (url === '/logout' && signOutEndsAll) tokens.clear()
    if (url === '/logout') tokens.delete(request.headers.authorization ?? '')
    if (url === '/restart') tokens.clear()
    if (url === '/logout' || url === '/restart') return { body: {} }
    const name = nameOf(request)
    if (url === '/user' && name === undefined) return { status: 401, body: {} }
    const page = pages[url] ?? ((one) => ({ body: { username: one, mail: `${one}@example.org` } }))
    return page(name)
  }
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { status = 200, body, headers = {} } = await answer(request, text)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    last: () => last,
    tokenOf: (user: string) =>
      [...tokens].find(([, name]) => name === user)?.[0].slice('Bearer '.length) ?? '',
    async leaks(reads: readonly string[], more = '', clock: Clock = systemClock) {
      const target = await targetFrom(`
target: ${url}
signIn: { post: /login, json: { username: "{name}", password: "{password}" } }
carry: { bearer: /data/token }
whoami: { get: /user, owner: /username }
users: [${users.map((name) => `{ name: ${name}, password: right }`).join(', ')}]
requests: 20
reads: [${reads.join(', ')}]
${more}
`)
      return runLeaks({ target: { ...target, dir: tmpdir() }, clock })
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
