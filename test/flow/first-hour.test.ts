import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { openGateway } from '../../src/gateway.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { createLog } from '../../src/log.ts'
import { manualClock } from '../support/clock.ts'
import { openFolder } from '../support/folder.ts'
import { startGateway } from '../support/gateway.ts'
import { send } from '../support/http.ts'
import { passwordProvider } from '../support/password-provider.ts'
import { startUpstream } from '../support/upstream.ts'

/** A gateway as `serve --upstream … --sign-in …` starts it, and every line of its log. */
async function serve(upstream: string, yaml: string, env: Record<string, string> = {}) {
  await using folder = await openFolder({ 'coatcheck.yaml': yaml })
  const ports = { COATCHECK__LISTEN__PORT: '0', COATCHECK__OPERATORS: 'false' }
  const origin = { COATCHECK_PUBLIC_ORIGIN: 'http://localhost:3000' }
  const loaded = await loadConfig({
    env: { ...ports, ...origin, COATCHECK__STORE__KIND: 'memory', ...env },
    cwd: folder.path,
    overrides: { upstream, signIn: '/session' },
    random: systemRandom,
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const gateway = await openGateway({ config: loaded.config, log: createLog('debug', sink) })
  const headers = { 'x-csrf': '1' }
  return {
    signIn: () =>
      send(gateway.url, '/auth/login', {
        host: 'localhost:3000',
        method: 'POST',
        json: { username: 'ada', password: 'secret' },
        headers,
      }),
    messageOf: (event: string): string => linesOf(lines, event)[0]?.msg ?? '',
    [Symbol.asyncDispose]: () => gateway.close(),
  }
}

function linesOf(lines: readonly string[], event: string) {
  return lines.map((line) => JSON.parse(line)).filter((line) => line.event === event)
}

const login = { method: 'POST', json: { username: 'ada', password: 'secret' } }

describe('a token at an unusual place', { timeout: 60_000 }, () => {
  async function setUp() {
    const upstream = await startUpstream()
    upstream.on('/session', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"auth":{"jwt":"opaque"},"account":{"uuid":"u-1"}}')
    })
    return upstream
  }

  it('is found with the lines that the log says to write, beside the short form', async () => {
    await using upstream = await setUp()
    const line = (hint: string) => /for example providers: (\{.*\}) in the conf/.exec(hint)?.[1]
    await using first = await serve(upstream.url, '')
    const refused = await first.signIn()
    const tokens = line(first.messageOf('sign_in_unreadable'))
    await using second = await serve(upstream.url, `providers: ${tokens}`)
    await second.signIn()
    const identity = line(second.messageOf('sign_in_unreadable'))

    const both = [tokens, identity].map((one) => one?.slice('{ main: { '.length, -' } }'.length))
    await using third = await serve(upstream.url, `providers: { main: { ${both.join(', ')} } }`)
    const answer = await third.signIn()

    expect(refused.json().code).toBe('sign_in_unreadable')
    expect(answer.json()).toMatchObject({ authenticated: true, sub: 'u-1', provider: 'main' })
  })

  it('is found with the variables that the log says to set', async () => {
    await using upstream = await setUp()
    const set = (hint: string) => /or (COATCHECK__\w+)=(\S+) in the environment/.exec(hint) ?? []
    await using first = await serve(upstream.url, '')
    await first.signIn()
    const [, tokens = '', tokensAt = ''] = set(first.messageOf('sign_in_unreadable'))
    await using second = await serve(upstream.url, '', { [tokens]: tokensAt })
    await second.signIn()
    const [, identity = '', identityAt = ''] = set(second.messageOf('sign_in_unreadable'))

    const env = { [tokens]: tokensAt, [identity]: identityAt }
    await using third = await serve(upstream.url, '', env)

    expect((await third.signIn()).json()).toMatchObject({ authenticated: true, sub: 'u-1' })
  })
})

describe('a sign-in path that is not there', { timeout: 60_000 }, () => {
  it.each([404, 405])('is told once, setting and address, when it answers %i', async (status) => {
    await using upstream = await startUpstream()
    upstream.on('/nowhere', (_request, response) => response.writeHead(status).end())
    const url = new URL('/nowhere?key=canary', upstream.url)
    const provider = { signIn: { ...passwordProvider(upstream.url).signIn, url } }
    await using gateway = await startGateway({ routes: [{ upstream: upstream.url }], provider })

    const first = await gateway.send('/auth/login', login)
    const second = await gateway.send('/auth/login', login)

    expect([first.status, second.status]).toEqual([status, status])
    const told = linesOf(gateway.log, 'sign_in_not_found')
    expect(told).toMatchObject([{ level: 40, provider: 'main', status }])
    expect(told[0]?.msg).toContain(
      `look at signIn (--sign-in), or providers.main.signIn.url: it is ${upstream.url}/nowhere`,
    )
    expect(gateway.log.join('')).not.toContain('canary')
  })

  it('is not what a wrong password looks like', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ routes: [{ upstream: upstream.url }] })

    const json = { username: 'ada', password: 'wrong' }
    const answer = await gateway.send('/auth/login', { method: 'POST', json })

    expect(answer.status).toBe(401)
    expect(linesOf(gateway.log, 'sign_in_refused')).toHaveLength(1)
    expect(linesOf(gateway.log, 'sign_in_not_found')).toEqual([])
  })
})

describe('whoever cannot be reached', { timeout: 60_000 }, () => {
  it('is named in the log, and to nobody else', async () => {
    const home = await startUpstream()
    const api = await startUpstream()
    const { signIn } = passwordProvider(home.url)
    await using gateway = await startGateway({
      routes: [
        { prefix: '/api', upstream: `${api.url}/v1` },
        { path: '/open', upstream: `${api.url}/o`, auth: 'public' },
      ],
      provider: { ...passwordProvider(home.url), signIn: { ...signIn, also: undefined } },
    })
    const ada = await gateway.signIn('ada')
    await home[Symbol.asyncDispose]()
    await api[Symbol.asyncDispose]()

    const answers = [
      await ada.get('/api/x?key=canary'),
      await gateway.send('/open'),
      await gateway.send('/auth/login', login),
    ]

    expect(answers.map((answer) => answer.json().code)).toEqual([
      'upstream_unreachable',
      'upstream_unreachable',
      'provider_unreachable',
    ])
    const denied = linesOf(gateway.log, 'denied')
    expect(denied.map(({ code, host }) => [code, host])).toEqual([
      ['upstream_unreachable', `127.0.0.1:${api.port}`],
      ['upstream_unreachable', `127.0.0.1:${api.port}`],
      ['provider_unreachable', undefined],
    ])
    expect(linesOf(gateway.log, 'provider_unreachable')).toMatchObject([
      { host: `127.0.0.1:${home.port}`, cause: 'ECONNREFUSED' },
    ])
    expect(gateway.log.join('')).not.toContain('canary')
    for (const { text } of answers) expect(text).not.toMatch(/127\.0\.0\.1/)
  })

  it('but answers that it is not well is named with its status', async () => {
    await using upstream = await startUpstream()
    upstream.on('/login', (_request, response) => response.writeHead(503).end())
    await using gateway = await startGateway({ routes: [{ upstream: upstream.url }] })

    await gateway.send('/auth/login', login)

    expect(linesOf(gateway.log, 'provider_unreachable')).toMatchObject([
      { host: `127.0.0.1:${upstream.port}`, cause: 'HTTP_503' },
    ])
  })

  it('for a renewal is named too', async () => {
    const clock = manualClock()
    await using upstream = await startUpstream({ clock })
    await using gateway = await startGateway({
      routes: [{ upstream: upstream.url }],
      options: { clock },
    })
    const ada = await gateway.signIn('ada')
    clock.advance(11 * 60_000)
    upstream.on('/refresh', (_request, response) => response.writeHead(502).end())

    const answer = await ada.get('/api/x')

    expect(answer.json().code).toBe('provider_unreachable')
    const host = `127.0.0.1:${upstream.port}`
    expect(linesOf(gateway.log, 'refresh_unreachable')[0]).toMatchObject({
      host,
      cause: 'HTTP_502',
    })
    expect(linesOf(gateway.log, 'denied')).toMatchObject([{ code: 'provider_unreachable', host }])
  })
})

describe('another name for this machine', { timeout: 60_000 }, () => {
  it.each(['/', '/auth/session', '/api/x'])('says at %s which one to open', async (path) => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ routes: [{ upstream: upstream.url }] })

    const answer = await gateway.send(path, { host: '127.0.0.1:3000' })

    expect(answer.status).toBe(421)
    expect(answer.json().detail).toBe('Open http://localhost:3000 instead')
    expect(linesOf(gateway.log, 'denied')).toMatchObject([
      { code: 'host_unknown', open: 'http://localhost:3000' },
    ])
  })

  it('of a public site is told to its operator alone', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      publicOrigin: 'https://app.example.org',
      routes: [{ upstream: upstream.url }],
    })

    const answers = [
      await gateway.send('/auth/session', { host: '192.0.2.1' }),
      await gateway.send('/api/x', { host: '192.0.2.1' }),
    ]

    for (const answer of answers) {
      expect(answer.json()).toMatchObject({ status: 421, code: 'host_unknown' })
      expect(answer.text).not.toContain('app.example.org')
    }
    expect(linesOf(gateway.log, 'denied')[0]).toMatchObject({ open: 'https://app.example.org' })
  })
})

describe('a gateway without a frontend', { timeout: 60_000 }, () => {
  const page = { headers: { 'sec-fetch-mode': 'navigate', accept: 'text/html' } }

  it('says to whoever looks for one which setting adds it', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ routes: [{ upstream: upstream.url }] })

    for (const [path, options] of [
      ['/', page],
      ['/', { headers: [] }],
      ['/notes', page],
    ] as const) {
      const answer = await gateway.send(path, options)
      expect(answer.json()).toMatchObject({
        code: 'not_found',
        detail: 'There is no frontend here yet: the setting "static" names the directory of one',
      })
    }
    const script = await gateway.send('/app.js', { headers: { accept: '*/*' } })
    expect(script.json()).not.toHaveProperty('detail')
  })

  it('does not say so where there is one', async () => {
    await using upstream = await startUpstream()
    await using folder = await openFolder({ 'index.html': '' })
    await using gateway = await startGateway({
      routes: [{ upstream: upstream.url }],
      static: [{ prefix: '/web', dir: folder.path, fallback: undefined }],
    })

    const answer = await gateway.send('/', page)

    expect(answer.json()).not.toHaveProperty('detail')
  })
})
