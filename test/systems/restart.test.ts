import { describe, expect, it } from 'vitest'
import { type RunningCommand, startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { cookieOf } from '../support/gateway.ts'
import { openHttpClient } from '../support/http.ts'
import { startUpstream, type TestUpstreamOptions } from '../support/upstream.ts'

const LONGER = process.env.COATCHECK_LONG === '1' ? 10 : 1
const ROUNDS = 4 * LONGER
const CLIENTS = 32
const SLOW = { timeout: 20_000 }

async function setUp(options: TestUpstreamOptions = {}) {
  const upstream = await startUpstream(options)
  const dir = await openFolder({
    'coatcheck.yaml': `publicOrigin: http://localhost:3000
listen: { port: 0 }
operators: { port: 0 }
limits: { signInPerAddress: 100000, signInPerAccount: 100000 }
log: { level: warn, access: false }
providers:
  main:
    kind: password
    signIn: { url: "${upstream.url}/login" }
    refresh: { url: "${upstream.url}/refresh", bearer: refresh }
routes:
  - { prefix: /api, upstream: "${upstream.url}" }
`,
  })
  return {
    upstream,
    start: () => startCommand(['serve'], { cwd: dir.path }),
    async [Symbol.asyncDispose]() {
      await dir[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

interface Signed {
  readonly name: string
  readonly cookie: string
}

/** Signs people in and reads as them, until the gateway is gone. */
async function signInAndRead(
  gateway: RunningCommand,
  prefix: string,
  signed: Signed[],
  foreign: string[],
): Promise<void> {
  for (let count = 0; ; count++) {
    const name = `${prefix}-${count}`
    try {
      const json = { username: name, password: 'secret' }
      const answer = await gateway.send('/auth/login', { method: 'POST', json })
      if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}`)
      signed.push({ name, cookie: cookieOf(answer) })
      for (const { name, cookie } of signed.slice(-3)) {
        const { status, text } = await gateway.send('/api/notes', { cookie })
        if (status === 200 && JSON.parse(text).owner !== name) foreign.push(text)
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error) return
      throw error
    }
  }
}

describe('a gateway that is killed', () => {
  it('has lost no session that it acknowledged, and mixes up none', async () => {
    // Short at first, so that renewals are under way at any moment.
    let accessMs = 1500
    await using it = await setUp({ accessMs: () => accessMs })
    const signed: Signed[] = []
    const foreign: string[] = []

    for (let round = 0; round < ROUNDS; round++) {
      await using gateway = await it.start()
      const before = signed.length
      const load = Array.from({ length: 8 }, (_, i) =>
        signInAndRead(gateway, `p${round}-${i}`, signed, foreign),
      )
      // At no particular moment.
      const enough = before + 20 + Math.random() * 10
      await expect.poll(() => signed.length, SLOW).toBeGreaterThan(enough)
      gateway.kill('SIGKILL')
      await Promise.all(load)
      expect(await gateway.ended).toMatchObject({ signal: 'SIGKILL' })
    }

    accessMs = 60_000
    await using gateway = await it.start()
    const answers = await Promise.all(
      signed.map(async ({ name, cookie }) => {
        const { status, text } = await gateway.send('/api/notes', { cookie })
        return { name, status, owner: status === 200 ? JSON.parse(text).owner : text }
      }),
    )

    expect(signed.length).toBeGreaterThan(20 * ROUNDS)
    expect(answers.filter(({ name, status, owner }) => status !== 200 || owner !== name)).toEqual(
      [],
    )
    expect(foreign).toEqual([])
  })
})

describe('a gateway that is asked to stop', () => {
  it('answers every request that reached it, and refuses the rest before they are sent', async () => {
    await using it = await setUp()
    const lost: string[] = []
    let answered = 0
    let closed = 0

    for (let round = 0; round < ROUNDS; round++) {
      await using gateway = await it.start()
      const people = await Promise.all(
        Array.from({ length: 8 }, (_, i) => gateway.signIn(`p${round}-${i}`)),
      )
      let connected = 0
      const load = Array.from({ length: CLIENTS }, async (_, i) => {
        using client = openHttpClient(gateway.port, { maxSockets: 1 })
        const { cookie = '' } = people[i % people.length] ?? {}
        for (let first = true; ; first = false) {
          const post = i % 3 === 0 ? { method: 'POST', body: 'x'.repeat(2000) } : {}
          const headers = { cookie, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }
          try {
            const answer = await client.send('/api/notes', { host: gateway.host, headers, ...post })
            if (answer.status === 200 && answer.json().bodyBytes !== undefined) answered++
            else lost.push(`${answer.status} ${answer.text}`)
            if (answer.headers.connection === 'close') closed++
            if (first) connected++
          } catch (error) {
            const code =
              error instanceof Error && 'code' in error ? String(error.code) : String(error)
            if (code !== 'ECONNREFUSED') lost.push(code)
            return
          }
        }
      })
      await expect.poll(() => connected, SLOW).toBe(CLIENTS)
      const enough = answered + Math.random() * 10 * CLIENTS
      await expect.poll(() => answered, SLOW).toBeGreaterThan(enough)
      gateway.kill('SIGTERM')
      await Promise.all(load)

      expect(await gateway.ended).toMatchObject({ code: 0, signal: null })
    }

    expect(lost).toEqual([])
    expect(answered).toBeGreaterThan(ROUNDS * CLIENTS)
    // Each was shown out by its last answer, none by a cut.
    expect(closed).toBe(ROUNDS * CLIENTS)
  })

  it.runIf(LONGER > 1)('cuts off after 25 s what does not end', async () => {
    await using it = await setUp()
    await using gateway = await it.start()
    const ada = await gateway.signIn('ada')
    const begun = Promise.withResolvers<void>()
    it.upstream.onHead('/drip', (_request, response) => {
      response
        .writeHead(200, { 'content-type': 'text/plain' })
        .write('begun', () => begun.resolve())
    })
    const drip = ada.get('/api/drip').catch((error: NodeJS.ErrnoException) => error.code)
    await begun.promise
    const since = Date.now()

    gateway.kill('SIGTERM')

    expect(await gateway.ended).toMatchObject({ code: 1 })
    expect(Date.now() - since).toBeGreaterThan(24_000)
    expect(Date.now() - since).toBeLessThan(28_000)
    expect(await drip).toBe('ECONNRESET')
  })
})
