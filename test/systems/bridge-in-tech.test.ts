// BridgeInTech's React app, unchanged, before the Mentorship System alone: through config/bridge-in-tech.yaml as it is.

import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problems.ts'
import { openGateway } from '../../src/gateway.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { createLog } from '../../src/log.ts'
import { openDemoUpstream } from '../../src/qa/demo-upstream.ts'
import { demoPassword } from '../../src/qa/personas.ts'
import { type Browser, openFrontend } from '../support/bridge-in-tech.ts'
import { manualClock } from '../support/clock.ts'
import { openFolder } from '../support/folder.ts'
import { openHttpClient, send } from '../support/http.ts'
import { openRecorder } from '../support/recorder.ts'
import { startRedis } from '../support/redis.ts'
import { type StoreKind, storeKinds } from '../support/stores.ts'

const CONFIG = fileURLToPath(new URL('../../config/bridge-in-tech.yaml', import.meta.url))
const MINUTE = 60_000

const PAGE = `<!doctype html><html lang="en"><head><title>BridgeInTech</title>
<link rel="stylesheet" href="https://cdn.example/bootstrap.min.css">
<script defer src="/bridge-in-tech-web/static/js/main.3f2a1b4c.chunk.js"></script></head></html>`
const SCRIPT = 'document.title = "BridgeInTech"'

async function setUp(kind: StoreKind, browser: Browser = 'current') {
  const clock = manualClock()
  const web = await openFolder({
    'index.html': PAGE,
    'static/js/main.3f2a1b4c.chunk.js': SCRIPT,
    'manifest.json': '{}',
  })
  const data = await openFolder()
  const redis = kind === 'redis' ? await startRedis() : undefined
  const store = {
    COATCHECK__STORE__KIND: kind,
    ...(redis ? { COATCHECK__STORE__URL: redis.url } : {}),
  }
  const demo = await openDemoUpstream({ clock, random: systemRandom })
  const recorder = await openRecorder(demo.url)
  const loaded = await loadConfig({
    configPath: CONFIG,
    cwd: data.path,
    env: { MS_URL: recorder.url, BIT_WEB: web.path, ...store },
    random: systemRandom,
    createKeys: false,
  })
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  const log: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk))
      done()
    },
  })
  // As it is, but for a port that no other test has.
  const listen = { ...loaded.config.listen, port: 0 }
  const config = { ...loaded.config, listen, operators: undefined }
  const gateway = await openGateway({ config, clock, log: createLog('debug', sink) })
  const client = openHttpClient(gateway.url)
  return {
    url: gateway.url,
    clock,
    config,
    log,
    control: demo.control,
    /** What reached the Mentorship System. */
    upstream: recorder.requests,
    browser: (kind: Browser = browser) => openFrontend(client, config.publicOrigin, kind),
    confirm: (username: string) =>
      send(demo.url, `/user/confirm_email/${demo.control.confirmation(username)}`),
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]()
      await gateway.close()
      await recorder[Symbol.asyncDispose]()
      await demo.close()
      await redis?.[Symbol.asyncDispose]()
      await data[Symbol.asyncDispose]()
      await web[Symbol.asyncDispose]()
    },
  }
}

describe.each(storeKinds)('BridgeInTech, on %s', (kind) => {
  it('signs in, and finds the username in the personal details', async () => {
    await using it = await setUp(kind)
    const page = it.browser()

    await page.signIn('alice', demoPassword)

    expect(it.config.store.kind).toBe(kind)
    expect(Object.fromEntries(page.scriptCookies)).toEqual({
      user: 'alice',
      access_token: 'undefined',
      access_expiry: 'undefined',
    })
    const again = await page.personalDetails()
    expect([again.status, again.json()]).toMatchObject([
      200,
      { username: 'alice', email: 'alice@example.org' },
    ])
  })

  it('shows two people in two browsers each their own', async () => {
    await using it = await setUp(kind)
    const [one, other] = [it.browser(), it.browser()]

    await Promise.all([one.signIn('alice', demoPassword), other.signIn('bob', demoPassword)])
    const answers = await Promise.all([one.personalDetails(), other.personalDetails()])

    expect(answers.map((answer) => answer.json().username)).toEqual(['alice', 'bob'])
  })

  it("saves personal details, and shows the upstream's own words when they are refused", async () => {
    await using it = await setUp(kind)
    const page = it.browser()
    await page.signIn('alice', demoPassword)

    const saved = await page.savePersonalDetails({ bio: 'I mentor', name: 'Alice Ashby' })
    // The form sends the username too, which is taken: by Alice.
    const refused = await page.savePersonalDetails({ username: 'alice', bio: 'again' })
    const details = await page.personalDetails()

    expect([saved.status, saved.json().message]).toEqual([200, 'User was updated successfully.'])
    expect([refused.status, refused.json()]).toEqual([400, { message: expect.any(String) }])
    expect(refused.headers).not.toHaveProperty('coatcheck-problem')
    expect(details.json().bio).toBe('I mentor')
    const puts = it.upstream.filter(({ method }) => method === 'PUT')
    expect(puts.map(({ url, body }) => [url, JSON.parse(body)])).toEqual([
      [
        '/user',
        { need_mentoring: false, available_to_mentor: false, bio: 'I mentor', name: 'Alice Ashby' },
      ],
      [
        '/user',
        { need_mentoring: false, available_to_mentor: false, username: 'alice', bio: 'again' },
      ],
    ])
  })

  it('lists the members, searches and pages', async () => {
    await using it = await setUp(kind)
    const page = it.browser()
    await page.signIn('alice', demoPassword)

    const all = await page.members()
    const found = await page.members('?search=bob&page=1&per_page=5')

    const names = (list: Array<{ username: string }>) => list.map(({ username }) => username)
    expect(names(all.json())).toEqual(['bob', 'carol', 'dave'])
    expect(names(found.json())).toEqual(['bob'])
    expect(it.upstream.at(-1)?.url).toBe('/users/verified?search=bob&page=1&per_page=5')
  })

  it('registers without a session, signs in once the e-mail is confirmed', async () => {
    await using it = await setUp(kind)
    const page = it.browser()
    const fields = {
      name: 'Erin Eaves',
      username: 'erin_e',
      password: 'a-good-password',
      email: 'erin@example.org',
    }

    const registered = await page.register(fields)
    const early = await page.login('erin_e', 'a-good-password')
    await it.confirm('erin_e')
    await page.signIn('erin_e', 'a-good-password')
    const twice = await page.register(fields)

    expect(registered.status).toBe(201)
    expect([early.status, early.json().message]).toEqual([
      403,
      'Please verify your email before login.',
    ])
    expect((await page.personalDetails()).json().username).toBe('erin_e')
    expect([twice.status, twice.json().message]).toEqual([409, expect.any(String)])
    // Registering needs nobody's token, whoever is signed in.
    const sent = it.upstream.filter(({ url }) => url === '/register')
    expect(sent.map(({ rawHeaders }) => headersOf(rawHeaders).authorization)).toEqual([
      undefined,
      undefined,
    ])
  })

  it('says what the Mentorship System says when a sign-in is refused', async () => {
    await using it = await setUp(kind)
    const page = it.browser()

    const wrong = await page.login('alice', 'guess')
    const nobody = await page.login('nobody', 'guess')
    const missing = await page.login('', 'guess')

    expect([wrong.status, wrong.json()]).toEqual([
      401,
      { message: 'Username or password is wrong.' },
    ])
    expect([nobody.status, nobody.json()]).toEqual([wrong.status, wrong.json()])
    expect([missing.status, missing.json()]).toEqual([
      400,
      { message: 'The field username is missing.' },
    ])
    expect(page.cookieHeader).toBeUndefined()
  })

  it('stays signed in when the access token expires, and is signed out by half an hour of silence', async () => {
    await using it = await setUp(kind)
    const page = it.browser()
    await page.signIn('alice', demoPassword)

    const statuses: number[] = []
    for (let step = 0; step < 4; step++) {
      it.clock.advance(11 * MINUTE)
      statuses.push((await page.personalDetails()).status)
    }
    it.clock.advance(30 * MINUTE)
    const late = await page.personalDetails()

    expect(statuses).toEqual([200, 200, 200, 200])
    expect(it.control.count('POST', '/refresh')).toBe(4)
    expect([late.status, late.json().code]).toEqual([401, 'session_idle'])
  })

  it('signs out without a request, and the next one to sign in is the only one', async () => {
    await using it = await setUp(kind)
    const page = it.browser()
    await page.signIn('alice', demoPassword)
    const alices = page.cookieHeader ?? ''

    page.signOut()
    await page.signIn('bob', demoPassword)

    expect((await page.personalDetails()).json().username).toBe('bob')
    const old = await send(it.url, '/api/user/personal_details', {
      host: new URL(it.config.publicOrigin).host,
      headers: { cookie: alices },
    })
    expect([old.status, old.json()]).toMatchObject([
      401,
      { code: 'session_ended', reason: 'replaced' },
    ])
  })

  it('signs out with the one line', async () => {
    await using it = await setUp(kind)
    const page = it.browser()
    await page.signIn('alice', demoPassword)

    const answer = await page.signOutWithPatch()
    const after = await page.personalDetails()

    expect([answer.status, page.cookieHeader]).toEqual([204, undefined])
    expect([after.status, after.json().code]).toEqual([401, 'session_required'])
  })
})

describe('what the app sends besides', () => {
  it('never reaches the Mentorship System: no cookie, no made-up token', async () => {
    await using it = await setUp('memory')
    const page = it.browser()
    await page.signIn('alice', demoPassword)
    await page.personalDetails()
    await page.savePersonalDetails({ bio: 'x' })
    await page.members()
    await page.register({})
    page.signOut()
    await page.login('alice', 'guess')

    expect(it.upstream.length).toBeGreaterThan(6)
    const session = (await page.open('/auth/session')).text
    expect(session).toContain('Alice Ashby')
    for (const { url, rawHeaders, body } of it.upstream) {
      const headers = headersOf(rawHeaders)
      expect([url, headers.cookie]).toEqual([url, undefined])
      expect([url, headers.authorization]).toEqual([
        url,
        /^\/(login|register)$/.test(url)
          ? undefined
          : expect.stringMatching(/^Bearer eyJ\S{100,}$/),
      ])
      const everything = `${rawHeaders.join('\n')}\n${body}`
      for (const word of ['undefined', 'access_token', 'access_expiry', 'coatcheck-3000']) {
        expect(everything).not.toContain(word)
      }
    }
  })
})

describe.each<[Browser, string]>([
  ['current', 'sends Fetch Metadata'],
  ['older', 'sends Origin with writes only'],
])('a browser that is %s and %s', (browser) => {
  it('can do everything, without a CSRF header', async () => {
    await using it = await setUp('memory', browser)
    const page = it.browser()

    await page.signIn('alice', demoPassword)
    const answers = [
      await page.personalDetails(),
      await page.savePersonalDetails({ bio: 'x' }),
      await page.members(),
      await page.signOutWithPatch(),
    ]

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 204])
  })
})

describe('something that says nothing of where it comes from', () => {
  it('can neither sign in nor write, and nothing of it reaches the Mentorship System', async () => {
    await using it = await setUp('memory')
    const page = it.browser('none of them')
    const alice = it.browser()
    await alice.signIn('alice', demoPassword)
    const before = it.upstream.length

    const login = await page.login('alice', demoPassword)
    // The same browser's cookie, sent by something else.
    const stolen = await send(it.url, '/api/user/personal_details', {
      method: 'PUT',
      host: new URL(it.config.publicOrigin).host,
      headers: { cookie: alice.cookieHeader ?? '', 'content-type': 'application/json' },
      body: '{"bio":"stolen"}',
    })
    const elsewhere = await send(it.url, '/api/user/personal_details', {
      method: 'PUT',
      host: new URL(it.config.publicOrigin).host,
      headers: { cookie: alice.cookieHeader ?? '', origin: 'https://evil.example' },
      body: '{"bio":"stolen"}',
    })

    for (const answer of [login, stolen, elsewhere]) {
      expect([answer.status, answer.headers['coatcheck-problem']]).toEqual([403, 'csrf_refused'])
    }
    expect(it.upstream).toHaveLength(before)
    expect((await alice.personalDetails()).json().bio).toBeNull()
  })
})

describe.each<Browser>(['current', 'older'])(
  'the app itself, in a browser that is %s',
  (browser) => {
    it('is served under its own path, whichever page one comes to first', async () => {
      await using it = await setUp('memory', browser)
      const page = it.browser()

      for (const path of [
        '/bridge-in-tech-web',
        '/bridge-in-tech-web/',
        '/bridge-in-tech-web/login',
        '/bridge-in-tech-web/members/profile/bob?from=mail',
      ]) {
        const answer = await page.open(path)
        expect([path, answer.status, answer.text]).toEqual([path, 200, PAGE])
        expect(answer.headers['cache-control']).toBe('no-cache')
        // Its style sheets come from CDNs.
        expect(answer.headers['content-security-policy']).not.toMatch(/default-src|style-src/)
      }
      const script = await page.load('/bridge-in-tech-web/static/js/main.3f2a1b4c.chunk.js')
      expect([script.text, script.headers['cache-control']]).toEqual([
        SCRIPT,
        'public, max-age=31536000, immutable',
      ])
      expect((await page.load('/bridge-in-tech-web/static/js/gone.1a2b3c4d.chunk.js')).status).toBe(
        404,
      )
      expect((await page.open('/elsewhere')).status).toBe(404)
      expect(it.upstream).toHaveLength(0)
    })
  },
)

function headersOf(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let i = 0; i + 1 < raw.length; i += 2) {
    headers[String(raw[i]).toLowerCase()] = String(raw[i + 1])
  }
  return headers
}
