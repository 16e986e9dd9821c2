// The founding story: a link in a mail, somebody else who takes his time to check it, and a browser that waits. On both
// stores that outlive a process, in a real browser.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manualClock } from '../support/clock.ts'
import { startCommand } from '../support/command.ts'
import { launchChromium } from '../support/demo-page.ts'
import { openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { type GatewaySettings, startGateway } from '../support/gateway.ts'
import { send } from '../support/http.ts'
import { loggedIn } from '../support/pending.ts'
import { startRedis } from '../support/redis.ts'
import { openTestStore } from '../support/stores.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'
import { confirmProvider, goodFor, signed, startValidator } from '../support/validator.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

/** The pages that a frontend would have: the profile says whose it is, the sign-in page what it was told. */
function frontend(upstream: TestUpstream): void {
  upstream.on('/profile', ({ owner }, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end(`<title>Profile</title><h1>Profile of ${owner}</h1>`),
  )
  upstream.on('/sign-in', ({ url }, response) =>
    response.setHeader('content-type', 'text/html').end(`<title>Sign in</title><h1>${url}</h1>`),
  )
}

const ROUTES = ({ url }: TestUpstream): GatewaySettings['routes'] => [
  { path: '/sign-in', upstream: `${url}/sign-in`, auth: 'public' },
  { path: '/profile', upstream: `${url}/profile` },
  { prefix: '/api', upstream: url },
]
const PAGES = { signIn: '/sign-in', profile: '/profile' }

async function setUp(
  kind: 'sqlite' | 'redis',
  changes: Parameters<typeof confirmProvider>[2] = {},
) {
  const resources = new AsyncDisposableStack()
  // Beside real time, by which Redis goes.
  const clock = manualClock(Date.now())
  const upstream = resources.use(await startUpstream({ clock }))
  frontend(upstream)
  const validator = resources.use(await startValidator())
  const { store } = resources.use(await openTestStore(kind, clock))
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const gateway = resources.use(
    await startGateway({
      publicOrigin: origin,
      listen: { host: '127.0.0.1', port },
      routes: ROUTES(upstream),
      signInAt: upstream.url,
      pages: PAGES,
      confirm: [confirmProvider(validator.url, upstream.url, changes)],
      options: { clock, store },
    }),
  )
  const context = await browser.newContext()
  resources.defer(() => context.close())
  const complaints: string[] = []
  context.on('weberror', (error) => complaints.push(String(error.error())))
  const page = await context.newPage()
  return {
    clock,
    upstream,
    validator,
    gateway,
    origin,
    context,
    page,
    complaints,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function click(page: Page, origin: string, token: string): Promise<void> {
  await page.goto(`${origin}/auth/confirm/${token}`)
  await page.getByRole('button', { name: /^Sign in to localhost/ }).click()
  await page.getByRole('heading', { name: 'One moment' }).waitFor()
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText()

describe.each(['sqlite', 'redis'] as const)('a sign-in that a worker finishes (%s)', (kind) => {
  it('takes twenty seconds, fails when tried too early, and ends at the profile', async () => {
    await using set = await setUp(kind)
    await click(set.page, set.origin, 'link-of-ada')
    const question = await set.validator.question(0)

    const early = await set.context.newPage()
    const tooEarly = await early.goto(`${set.origin}/profile`)
    const code = await tooEarly?.headerValue('coatcheck-problem')
    await early.close()
    set.clock.advance(20_000)
    question.answer(200, await goodFor(set.upstream, 'ada'))
    await set.page.waitForURL('**/profile')

    expect([tooEarly?.status(), code]).toEqual([401, 'sign_in_pending'])
    expect(await heading(set.page)).toBe('Profile of ada')
    expect((await set.context.cookies()).map(({ name }) => name)).toEqual([
      `coatcheck-${new URL(set.origin).port}`,
    ])
    expect(set.complaints).toEqual([])
  })

  it('that comes to nothing ends at the sign-in page, with the reason', async () => {
    await using set = await setUp(kind)
    await click(set.page, set.origin, 'link-of-nobody')

    ;(await set.validator.question(0)).answer(200, { ok: false })
    await set.page.waitForURL('**/sign-in?*')

    expect(await heading(set.page)).toBe('/sign-in?reason=sign_in_refused')
    expect(await set.context.cookies()).toEqual([])
  })

  it('that nobody answers is late', async () => {
    await using set = await setUp(kind)
    await click(set.page, set.origin, 'link-of-ada')
    await set.validator.question(0)

    for (let second = 0; second < 125; second++) set.clock.advance(1000)
    await set.page.waitForURL('**/sign-in?*')

    expect(await heading(set.page)).toBe('/sign-in?reason=sign_in_late')
  })

  it('is settled once where the validator answers twice', async () => {
    await using set = await setUp(kind)
    await click(set.page, set.origin, 'link-of-ada')
    const { id, answer } = await set.validator.question(0)
    answer(200, await goodFor(set.upstream, 'ada'))
    await set.page.waitForURL('**/profile')

    const mallory = signed({ id, ...(await goodFor(set.upstream, 'mallory')) }, set.clock.now())
    const second = await send(set.gateway.url, `/auth/pending/${id}`, {
      method: 'POST',
      host: new URL(set.origin).host,
      ...mallory,
    })
    await set.page.reload()

    expect(second.status).toBe(409)
    expect(await heading(set.page)).toBe('Profile of ada')
    expect(loggedIn(set.gateway.log, 'completion_refused')).toMatchObject([{ code: 'duplicate' }])
  })
})

describe('a link', () => {
  it('is not spent by a scanner that opens it', async () => {
    await using set = await setUp('sqlite')
    const scanner = await send(set.gateway.url, '/auth/confirm/link-of-ada', {
      host: new URL(set.origin).host,
    })
    await send(set.gateway.url, '/auth/confirm/link-of-ada', {
      method: 'HEAD',
      host: new URL(set.origin).host,
    })

    expect([scanner.status, set.validator.questions.length]).toEqual([200, 0])
    await click(set.page, set.origin, 'link-of-ada')
    ;(await set.validator.question(0)).answer(200, await goodFor(set.upstream, 'ada'))
    await set.page.waitForURL('**/profile')
  })

  it('of an attacker waits for a click that names site and account, auto or not, where somebody is signed in', async () => {
    await using set = await setUp('sqlite', { confirm: 'auto' })
    await set.page.goto(`${set.origin}/sign-in`)
    await set.page.evaluate(
      `fetch('/auth/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"username":"victim","password":"x"}' })`,
    )
    await set.page.goto(`${set.origin}/auth/confirm/link-of-mallory`)
    await set.page.getByText('You are signed in here as victim. Going on ends that.').waitFor()

    expect(set.validator.questions).toEqual([])
    expect(await heading(set.page)).toBe(`Sign in to ${new URL(set.origin).host}?`)
    await set.page.goto(`${set.origin}/profile`)
    expect(await heading(set.page)).toBe('Profile of victim')
  })

  it('goes on by itself with auto, where nobody is signed in', async () => {
    await using set = await setUp('sqlite', { confirm: 'auto' })
    await set.page.goto(`${set.origin}/auth/confirm/link-of-ada`)

    ;(await set.validator.question(0)).answer(200, await goodFor(set.upstream, 'ada'))
    await set.page.waitForURL('**/profile')

    expect(await heading(set.page)).toBe('Profile of ada')
  })
})

describe.each(['sqlite', 'redis'] as const)('a gateway that is killed meanwhile (%s)', (kind) => {
  it('finishes what was begun when it is back, and asks with the same key', async () => {
    await using resources = new AsyncDisposableStack()
    const upstream = resources.use(await startUpstream())
    frontend(upstream)
    const validator = resources.use(await startValidator())
    const redis = kind === 'redis' ? resources.use(await startRedis()) : undefined
    const port = await freePort()
    const dir = resources.use(
      await openFolder({
        'coatcheck.yaml': `publicOrigin: http://localhost:${port}
listen: { port: ${port} }
operators: false
pages: { signIn: /sign-in, profile: /profile }
store: ${redis ? `{ kind: redis, url: "${redis.url}" }` : '{ kind: sqlite }'}
providers:
  main: { kind: password, signIn: { url: "${upstream.url}/login" } }
  invite: { kind: confirm, for: main, validate: { url: "${validator.url}" }, valid: /ok, timeout: 1s }
routes:
  - { path: /sign-in, upstream: "${upstream.url}/sign-in", auth: public }
  - { path: /profile, upstream: "${upstream.url}/profile" }
`,
      }),
    )
    const context = await browser.newContext()
    resources.defer(() => context.close())
    const page = await context.newPage()
    const first = await startCommand(['serve'], { cwd: dir.path })
    await click(page, `http://localhost:${port}`, 'link-of-ada')
    const asked = await validator.question(0)
    first.kill('SIGKILL')
    await first.ended

    resources.use(await startCommand(['serve'], { cwd: dir.path }))
    const again = await validator.question(1)
    again.answer(200, await goodFor(upstream, 'ada'))
    await page.waitForURL('**/profile', { timeout: 30_000 })

    expect(await heading(page)).toBe('Profile of ada')
    expect(again.id).toBe(asked.id)
    expect(again.headers['idempotency-key']).toBe(asked.headers['idempotency-key'])
  })
})
