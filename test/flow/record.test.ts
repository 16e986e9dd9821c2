// What a recording holds of the traffic that passed, and what it never holds.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { RecordConfig } from '../../src/config/config.ts'
import { createCanaries } from '../support/canaries.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { type GatewaySettings, startGateway } from '../support/gateway.ts'
import { harProblems } from '../support/har.ts'
import type { Json } from '../support/http.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

function recordTo(folder: Folder, more: Partial<RecordConfig> = {}): RecordConfig {
  const file = join(folder.path, 'a.har')
  return { file, bodyBytes: 16_384, mostBytes: 2 ** 30, redact: [], ...more }
}

async function open(
  upstream: TestUpstream,
  record: RecordConfig,
  settings: Partial<GatewaySettings> = {},
) {
  return startGateway({
    routes: [{ upstream: upstream.url }],
    ...settings,
    options: { ...settings.options, record },
  })
}

async function read(folder: Folder): Promise<{ text: string; entries: Json[] }> {
  const text = await readFile(join(folder.path, 'a.har'), 'utf8')
  return { text, entries: JSON.parse(text).log.entries }
}

function holdAnswer(upstream: TestUpstream, path: string) {
  const asked = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  upstream.on(path, async (_request, response) => {
    asked.resolve()
    await released.promise
    response.end('{}')
  })
  return { asked: asked.promise, release: released.resolve }
}

describe('a recording', () => {
  it('is HAR 1.2 and tells who asked what, in which order and overlap', async () => {
    await using folder = await openFolder()
    await using upstream = await startUpstream()
    const gateway = await open(upstream, recordTo(folder))
    const alice = await gateway.signIn('alice')
    const bob = await gateway.signIn('bob')
    const held = holdAnswer(upstream, '/slow')
    const slow = alice.get('/api/slow')
    await held.asked
    await bob.get('/api/user?page=2')
    held.release()
    await slow
    await alice.send('/auth/logout', { method: 'POST' })
    await gateway.close()

    const { text, entries } = await read(folder)
    expect(harProblems(text)).toEqual([])
    const told = entries.map((entry) => [entry._persona, new URL(entry.request.url).pathname])
    expect(told).toEqual([
      ['alice', '/auth/login'],
      ['bob', '/auth/login'],
      ['bob', '/api/user'],
      ['alice', '/api/slow'],
      ['alice', '/auth/logout'],
    ])
    const [first, , asked, waited] = entries
    expect(first._session).toMatch(/^\w{10}$/)
    expect(waited._session).toBe(first._session)
    expect(waited._order.began).toBeLessThan(asked._order.began)
    expect(waited._order.ended).toBeGreaterThan(asked._order.ended)
    expect(asked.request.queryString).toEqual([{ name: 'page', value: '2' }])
    expect(JSON.parse(first.request.postData.text)).toEqual({
      username: 'alice',
      password: '{{alice.password}}',
    })
  })

  it('holds no secret, wherever it was', async () => {
    const canaries = createCanaries()
    const canary = (name: string) => {
      const secret =
        `${name.replace(/\W/g, '')}${Buffer.from(name).toString('hex')}9f8e7d6c5b4a39281706`.slice(
          0,
          40,
        )
      canaries.plant(name, secret)
      return secret
    }
    await using folder = await openFolder()
    await using upstream = await startUpstream()
    const gateway = await open(upstream, recordTo(folder, { redact: ['iban', 'x-tenant-key'] }))
    const password = canary('password')
    const alice = await gateway.signIn('alice', { password, otp: canary('otp') })
    const bob = await gateway.signIn('bob')
    canaries.plant('cookie', alice.cookie.slice(alice.cookie.indexOf('=') + 1))
    for (const { username, access, refresh } of upstream.signIns) {
      canaries.plant(`access of ${username}`, access)
      canaries.plant(`refresh of ${username}`, refresh)
    }
    const { access = '', refresh = '' } = upstream.signIns[0] ?? {}
    const answers: Record<string, [type: string, body: string | Buffer]> = {
      '/json': [
        'application/json',
        JSON.stringify({ deep: [{ note: `it is ${access}!`, api_key: canary('api key') }] }),
      ],
      '/foreign': ['application/json', JSON.stringify({ plain: access })],
      '/nested': [
        'application/json',
        JSON.stringify({ tokens: { a: [canary('nested')] }, iban: canary('named') }),
      ],
      '/escaped': ['application/json', `{"p\\u0061ssword":"${canary('escaped name')}"}`],
      '/pin': ['application/json', `{"pin":${'1234567890123456'}}`],
      '/broken': ['application/json', `{"secret":"${canary('broken')}","x":`],
      '/broken-nested': ['application/json', `{"x":1,"secrets":["${canary('broken nested')}",`],
      '/form': [
        'application/x-www-form-urlencoded',
        `a=1&password=${canary('form')}&t=${encodeURIComponent(refresh)}`,
      ],
      '/html': [
        'text/html',
        `<form><input name="password" value="x"></form><password>${canary('xml')}</password> token=${canary('text')}`,
      ],
      '/zipped': [
        'application/json',
        gzipSync(JSON.stringify({ client_secret: canary('zipped'), t: refresh })),
      ],
      '/cut': [
        'application/json',
        JSON.stringify({ pad: 'x '.repeat(8170), t: `${access}${access}`, y: 'z'.repeat(9000) }),
      ],
      '/binary': ['application/octet-stream', Buffer.from(canary('binary'))],
      '/upload': ['application/json', '{}'],
    }
    // Nothing about it looks like a secret, and nobody knows that it is none.
    const WORDS = 'correct-horse-battery-staple'
    canaries.plant('words', WORDS)
    canaries.plant('pin', '1234567890123456')
    for (const [path, [type, body]] of Object.entries(answers)) {
      upstream.on(path, (_request, response) => {
        response.writeHead(200, {
          'content-type': type,
          'content-length': Buffer.byteLength(body),
          ...(path === '/zipped' ? { 'content-encoding': 'gzip' } : {}),
          'x-session-token': canary('answer header'),
          'x-anything': WORDS,
          'set-cookie': `sid=${canary('set-cookie')}`,
          location: `http://user:${canary('userinfo')}@elsewhere.example/?code=${canary('code')}#access_token=${canary('fragment')}`,
          etag: `"${access}"`,
        })
        response.end(body)
      })
    }
    for (const path of Object.keys(answers)) {
      const headers = {
        authorization: `Bearer ${canary('authorization')}`,
        'x-api-key': canary('request header'),
        'x-tenant-key': canary('named header'),
        referer: `http://localhost:3000/?token=${canary('referer')}&r=${access}`,
        'user-agent': `test/1 ${access}`,
        'accept-language': refresh,
      }
      await (path === '/foreign' ? bob : alice).get(
        `/api${path}?token=${canary('query')}&next=${encodeURIComponent(access)}&q=${access}`,
        { headers },
      )
    }
    const multipart = `--b\r\ncontent-disposition: form-data; name="password"\r\n\r\n${canary('multipart')}\r\n--b--`
    const sent: Array<[string, string]> = [
      [
        'application/json',
        JSON.stringify({ new_password: canary('new password'), x: { pwd: [canary('pwd')] } }),
      ],
      ['application/x-www-form-urlencoded', `passw%6Frd=${canary('encoded form')}&n=1`],
      ['multipart/form-data; boundary=b', multipart],
      ['text/plain', `token: ${canary('plain text')}`],
    ]
    for (const [type, body] of sent) {
      await alice.send('/api/upload', {
        method: 'POST',
        body,
        headers: { 'content-type': type, cookie: alice.cookie, 'sec-fetch-site': 'same-origin' },
      })
    }
    await gateway.send('/auth/login', {
      method: 'POST',
      json: { username: 'alice', password: 'wrong' },
    })
    await gateway.close()

    const { text, entries } = await read(folder)
    expect(entries).toHaveLength(2 + Object.keys(answers).length + sent.length + 1)
    expect(canaries.size).toBeGreaterThan(30)
    expect(canaries.find(text)).toEqual([])
    expect(text).toContain('it is {{alice.token}}!')
    expect(text).toContain('{{alice.wrong_password}}')
  })

  it('knows a sign-in by any success, as an upstream that creates one answers', async () => {
    await using folder = await openFolder()
    await using upstream = await startUpstream()
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const access_token = `${part({ alg: 'HS256' })}.${part({ sub: 'alice' })}.c2lnbmF0dXJl`
    upstream.on('/login', (_request, response) => {
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ access_token, refresh_token: 'refresh-of-alice' }))
    })
    const gateway = await open(upstream, recordTo(folder))
    const json = { username: 'alice', password: 'secret' }
    await gateway.send('/api/login', { method: 'POST', json })
    await gateway.close()

    const { entries } = await read(folder)
    expect(entries[0]).toMatchObject({ _persona: 'alice', _session: expect.any(String) })
    expect(entries[0].response.status).toBe(201)
    expect(entries[0].request.postData.text).toContain('{{alice.password}}')
  })

  it('bounds bodies and says what was cut', async () => {
    await using folder = await openFolder()
    await using upstream = await startUpstream()
    const gateway = await open(upstream, recordTo(folder, { bodyBytes: 100 }))
    const alice = await gateway.signIn('alice')
    const long = JSON.stringify({ text: 'word '.repeat(50_000) })
    upstream.on('/long', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(long)
    })
    await alice.send('/api/long', {
      method: 'POST',
      body: long,
      headers: {
        'content-type': 'application/json',
        cookie: alice.cookie,
        'sec-fetch-site': 'same-origin',
      },
    })
    await gateway.close()

    const entry = (await read(folder)).entries[1]
    expect(entry._responseCut).toBe(true)
    expect(entry._requestCut).toBe(true)
    expect(entry.response.content.text.length).toBeLessThanOrEqual(100)
    expect(entry.response.content.size).toBe(long.length)
    expect(entry.request.postData.text.length).toBeLessThanOrEqual(100)
    expect(entry.request.bodySize).toBe(long.length)
  })

  it('stops at its full size and leaves the traffic alone', async () => {
    await using folder = await openFolder()
    await using upstream = await startUpstream()
    const gateway = await open(upstream, recordTo(folder, { mostBytes: 4000 }))
    const alice = await gateway.signIn('alice')
    for (let n = 0; n < 20; n++) expect((await alice.get('/api/user')).status).toBe(200)
    const { recorder } = gateway.app.coatcheck
    const seen = () => (recorder.status?.entries ?? 0) + (recorder.status?.dropped ?? 0)
    await expect.poll(seen).toBe(21)
    const { dropped = 0 } = recorder.status ?? {}
    await gateway.close()

    const { text, entries } = await read(folder)
    expect(text.length).toBeLessThan(4500)
    expect(entries.length + dropped).toBe(21)
  })

  it('starts and stops while the gateway runs, and loses no file that is there', async () => {
    await using folder = await openFolder({ 'a.har': 'mine' })
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ routes: [{ upstream: upstream.url }] })
    const alice = await gateway.signIn('alice')
    const { recorder } = gateway.app.coatcheck

    await alice.get('/api/user')
    const started = await recorder.start(recordTo(folder))
    await expect(recorder.start(recordTo(folder))).rejects.toThrow('already')
    await alice.get('/api/user')
    await expect.poll(() => recorder.status?.entries).toBe(1)
    const stopped = await recorder.stop()
    await alice.get('/api/user')

    expect(started.file).toBe(join(folder.path, 'a-2.har'))
    expect(stopped).toMatchObject({ entries: 1, dropped: 0 })
    expect(await readFile(join(folder.path, 'a.har'), 'utf8')).toBe('mine')
    const { log } = JSON.parse(await readFile(started.file, 'utf8'))
    expect(log.entries[0]).toMatchObject({ _persona: 'alice' })
  })
})
