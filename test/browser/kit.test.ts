import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { type SessionStore, StoreUnreachableError } from '../../src/session/store.ts'
import { createMemoryStore } from '../../src/session/stores/memory.ts'
import { manualClock } from '../support/clock.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { startGateway } from '../support/gateway.ts'
import { findNeed, chromium as need } from '../support/needs.ts'
import { startUpstream } from '../support/upstream.ts'
import { codeUnder, top } from '../unit/client/docs.ts'

declare global {
  var client: Client
  var events: string[]
}

const HOUR = 3_600_000
const POLL_MS = 30_000
const launch = { executablePath: findNeed(need) ?? '', args: ['--no-sandbox'] }

let browser: Browser
let pages: Folder
/** Folders that Vite built: the fixture, and the example of the docs. */
let kit: string
let example: string

beforeAll(async () => {
  browser = await chromium.launch(launch)
  const [code = ''] = codeUnder('The kit, with React', 'tsx')
  const html = '<!doctype html><div id="root"></div><script type="module" src="main.tsx"></script>'
  pages = await openFolder({ 'docs/index.html': html, 'docs/main.tsx': code })
  kit = await buildPage(fileURLToPath(new URL('kit-page', import.meta.url)), 'kit')
  example = await buildPage(join(pages.path, 'docs'), 'example')
})

afterAll(async () => {
  await browser?.close()
  await pages?.[Symbol.asyncDispose]()
})

async function buildPage(root: string, name: string): Promise<string> {
  const outDir = join(pages.path, 'built', name)
  const published = ['client', 'react'].map((entry) => ({
    find: `coatcheck/${entry}`,
    replacement: join(top, `src/client/${entry}.ts`),
  }))
  const theirs = ['react', 'react-dom'].map((entry) => ({
    find: new RegExp(`^${entry}(?=/|$)`),
    replacement: join(top, 'node_modules', entry),
  }))
  await build({
    root,
    configFile: false,
    logLevel: 'silent',
    plugins: [react()],
    resolve: { alias: [...published, ...theirs] },
    build: { outDir, emptyOutDir: true },
  })
  return outDir
}

/** A gateway that serves the page, its upstream, and a browser in front of it. */
async function setUp({ dir = kit } = {}) {
  const clock = manualClock()
  const port = await freePort()
  const upstream = await startUpstream({ clock })
  const memory = createMemoryStore({ clock, random: systemRandom })
  let down = false
  const store = new Proxy(memory, {
    get(target, name: keyof SessionStore) {
      const value = target[name]
      if (!down || typeof value !== 'function') return value
      return async () => {
        throw new StoreUnreachableError('the test took it away')
      }
    },
  })
  const asked: string[] = []
  const open = async () => {
    const gateway = await startGateway({
      publicOrigin: `http://localhost:${port}`,
      listen: { host: '127.0.0.1', port },
      routes: [{ prefix: '/api', upstream: upstream.url }],
      static: [{ prefix: '/', dir, fallback: 'index.html' }],
      nearCache: { sessions: 0 },
      options: { clock, store },
    })
    gateway.app.server.on('request', ({ url }) => asked.push(String(url)))
    return gateway
  }
  let gateway: Awaited<ReturnType<typeof open>> | undefined = await open()
  const contexts: BrowserContext[] = []
  const polls = () => asked.filter((url) => url === '/auth/session').length

  const tab = async (context: BrowserContext, name?: string) => {
    const page = await context.newPage()
    await page.goto(`http://${name ? `${name}.` : ''}localhost:${port}/`)
    await shows(page, /^(un)?authenticated/)
    return page
  }
  /** Hours by which the gateway's clock is ahead of what the page takes for it. */
  const behind = (page: Page) =>
    page.evaluate(() => client.now()).then((now) => Math.round((clock.now() - now) / HOUR))

  return {
    clock,
    upstream,
    /** Paths, in the order in which they reached the gateway. */
    asked,
    polls,
    origin: `http://localhost:${port}`,
    breakStore() {
      down = true
    },
    mendStore() {
      down = false
    },
    async kill() {
      await gateway?.close()
      gateway = undefined
    },
    async revive() {
      gateway = await open()
    },
    /** A browser with nothing in it, whose pages' clock stands still until it is moved. */
    async context() {
      const context = await browser.newContext()
      contexts.push(context)
      await context.clock.install({ time: clock.now() })
      await context.clock.pauseAt(clock.now() + 1000)
      return context
    },
    tab,
    async tabs(context: BrowserContext, count: number) {
      const tabs: Page[] = []
      while (tabs.length < count) tabs.push(await tab(context))
      return tabs
    },
    /** How often it is polled until every tab has heard of what one poll brings. */
    async round(context: BrowserContext, tabs: readonly Page[]) {
      const before = polls()
      clock.advance(HOUR)
      await context.clock.runFor(POLL_MS)
      for (const page of tabs) await eventually(() => behind(page)).toBe(0)
      return polls() - before
    },
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close()
      await gateway?.close()
      await upstream[Symbol.asyncDispose]()
      await memory.close()
    },
  }
}

/** Patient, for a machine that has much else to do. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 60_000 })

const shown = (page: Page) => page.locator('output').textContent()
const shows = (page: Page, what: string | RegExp) => eventually(() => shown(page)).toMatch(what)

async function allShow(tabs: readonly Page[], what: string): Promise<void> {
  for (const tab of tabs) await eventually(() => shown(tab)).toBe(what)
}

async function signIn(page: Page, username: string, password = 'secret'): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

const signOut = (page: Page) => page.getByRole('button', { name: 'Sign out' }).click()

/** The code with which the client's fetch rejects; the status where it does not. */
function post(page: Page, path: string): Promise<unknown> {
  return page.evaluate(
    (to) =>
      client.fetch(to, { method: 'POST', body: '{}' }).then(
        ({ status }) => status,
        ({ code }) => code,
      ),
    path,
  )
}

/** Until the tabs hold and wait for so many Web Locks. */
async function locks([tab]: readonly Page[], expected: { held: number; pending: number }) {
  const query = `navigator.locks.query().then(({ held, pending }) => ({ held: held.length, pending: pending.length }))`
  await eventually(() => tab?.evaluate(query)).toEqual(expected)
}

describe('tabs', () => {
  it('poll as one, eight of them, and the next one does when that one is closed', async () => {
    await using it = await setUp()
    const context = await it.context()
    const tabs = await it.tabs(context, 8)
    const rounds = [it.polls()]
    for (let round = 0; round < 3; round++) rounds.push(await it.round(context, tabs))

    await tabs.shift()?.close()
    await locks(tabs, { held: 1, pending: 6 })
    rounds.push(await it.round(context, tabs))

    expect(rounds).toEqual([8, 1, 1, 1, 1])
  })

  it('see a sign-in and a sign-out in any of eight at once', async () => {
    await using it = await setUp()
    const context = await it.context()
    const tabs = await it.tabs(context, 8)
    const [first, last] = [tabs[0] as Page, tabs[7] as Page]
    const loaded = it.polls()

    await signIn(last, 'ada')
    await allShow(tabs, 'authenticated ada')
    await signOut(first)
    await allShow(tabs, 'unauthenticated signed_out')

    // Nobody's clock has moved: no poll was it that told them.
    expect(it.asked.filter((url) => url === '/auth/login' || url === '/auth/logout')).toHaveLength(
      2,
    )
    await eventually(() => it.polls() - loaded).toBe(2)
    for (const tab of tabs) {
      expect(await tab.evaluate(() => events)).toEqual(['session.started', 'session.ended'])
      expect(await tab.evaluate('document.cookie')).toBe('')
    }
  })

  it('poll through one that is seen, and not at all while none is', async () => {
    await using it = await setUp()
    const context = await it.context()
    const tabs = await it.tabs(context, 2)
    const turn = (page: Page | undefined, state: string) =>
      page?.evaluate(`
        Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      `)

    await turn(tabs[0], 'hidden')
    await locks(tabs, { held: 1, pending: 0 })
    const seen = await it.round(context, tabs)
    await turn(tabs[1], 'hidden')
    await locks(tabs, { held: 0, pending: 0 })
    const before = it.polls()
    await context.clock.runFor(10 * POLL_MS)
    // Asked by hand: what is answered proves that nothing was asked before.
    await tabs[0]?.evaluate(() => client.check())

    expect(seen).toBe(1)
    expect(it.polls() - before).toBe(1)
  })
})

describe('people', () => {
  it('under names of their own are not touched by what others do', async () => {
    await using it = await setUp()
    const context = await it.context()
    const [alice, bob] = [await it.tab(context, 'alice'), await it.tab(context, 'bob')]

    await signIn(alice, 'alice')
    await signIn(bob, 'bob')
    await allShow([alice], 'authenticated alice')
    await allShow([bob], 'authenticated bob')
    await signOut(alice)
    await allShow([alice], 'unauthenticated signed_out')
    await context.clock.runFor(POLL_MS)

    expect(await bob.evaluate(() => client.check().then(({ session }) => session?.sub))).toBe('bob')
    expect(await bob.evaluate(() => events)).toEqual(['session.started'])
  })

  it('of before do nothing as the one who signed in after them', async () => {
    await using it = await setUp()
    const context = await it.context()
    const [first, second] = [await it.tab(context), await it.tab(context)]
    await signIn(first, 'alice')
    await allShow([first, second], 'authenticated alice')

    await signIn(second, 'bob')
    await allShow([second], 'authenticated bob')
    await allShow([first], 'unauthenticated session_changed')
    const refused = await post(first, '/api/notes')
    const allowed = await post(second, '/api/notes')
    const reached = it.upstream.requests.filter(({ path }) => path === '/notes')
    await first.reload()

    expect([refused, allowed]).toEqual(['session_changed', 200])
    expect(reached.map(({ owner }) => owner)).toEqual(['bob'])
    await allShow([first], 'authenticated bob')
  })

  it('are told in the provider’s own words that a password is wrong', async () => {
    await using it = await setUp()
    const page = await it.tab(await it.context())

    await signIn(page, 'ada', 'wrong')

    await eventually(() => page.getByRole('alert').textContent()).toBe(
      'Username or password is wrong.',
    )
    expect(await shown(page)).toBe('unauthenticated')
  })
})

describe('on a bad day', () => {
  it('a session that is over is over in every tab, as soon as one is told', async () => {
    await using it = await setUp()
    const context = await it.context()
    const tabs = await it.tabs(context, 3)
    await signIn(tabs[0] as Page, 'ada')
    await allShow(tabs, 'authenticated ada')

    it.clock.advance(9 * HOUR)
    const code = await post(tabs[2] as Page, '/api/notes')

    expect(code).toBe('session_idle')
    await allShow(tabs, 'unauthenticated idle')
  })

  it('a gateway that is gone signs nobody out; what was known stays until it is back', async () => {
    await using it = await setUp()
    const context = await it.context()
    const tabs = [await it.tab(context), await it.tab(context)]
    await signIn(tabs[0] as Page, 'ada')
    await allShow(tabs, 'authenticated ada')

    await it.kill()
    expect(await post(tabs[1] as Page, '/api/notes')).toBe('gateway_unreachable')
    await allShow(tabs, 'authenticated ada stale gateway_unreachable')
    await signOut(tabs[1] as Page)
    await eventually(() => tabs[1]?.getByRole('alert').textContent()).toBe(
      'The gateway could not be reached',
    )
    await it.revive()
    await context.clock.runFor(POLL_MS)

    await allShow(tabs, 'authenticated ada')
    expect(await post(tabs[0] as Page, '/api/notes')).toBe(200)
  })

  it('a store that is out of reach signs nobody out, and a page opened then waits', async () => {
    await using it = await setUp()
    const context = await it.context()
    const page = await it.tab(context)
    await signIn(page, 'ada')
    await allShow([page], 'authenticated ada')

    it.breakStore()
    expect(await post(page, '/api/notes')).toBe('store_unreachable')
    await allShow([page], 'authenticated ada stale store_unreachable')
    const late = await context.newPage()
    await late.goto(it.origin)
    await shows(late, 'loading stale store_unreachable')
    it.mendStore()
    await context.clock.runFor(POLL_MS)

    await allShow([page, late], 'authenticated ada')
  })

  it('a browser that keeps no cookie is told so in plain words', async () => {
    await using it = await setUp()
    const folder = join(pages.path, 'profile')
    await mkdir(join(folder, 'Default'), { recursive: true })
    const blocked = { profile: { default_content_setting_values: { cookies: 2 } } }
    await writeFile(join(folder, 'Default', 'Preferences'), JSON.stringify(blocked))
    const context = await chromium.launchPersistentContext(folder, launch)
    try {
      const page = await it.tab(context)
      await signIn(page, 'ada')

      await expect
        .poll(() => page.getByRole('alert').textContent())
        .toContain('allow cookies for this site')
      expect(await shown(page)).toBe('unauthenticated')
      expect(await context.cookies()).toEqual([])
    } finally {
      await context.close()
    }
  })
})

describe('what docs/frontend.md shows', () => {
  it('with React works as it stands', async () => {
    await using it = await setUp({ dir: example })
    const context = await it.context()
    const [page, other] = [await context.newPage(), await context.newPage()]
    const complaints: string[] = []
    context.on('weberror', (error) => complaints.push(String(error.error())))
    for (const one of [page, other]) await one.goto(it.origin)

    await signIn(page, 'ada')
    await page.getByRole('heading', { name: 'You are ada' }).waitFor()
    await other.getByText('ada', { exact: true }).waitFor()
    await signOut(page)
    for (const one of [page, other]) await one.getByText('You were signed out.').waitFor()

    expect(complaints).toEqual([])
  })

  it('with fetch alone does too', async () => {
    await using it = await setUp()
    const page = await it.tab(await it.context())
    const [calls = '', codes = ''] = codeUnder('With fetch alone', 'js')

    await page.getByLabel('User name').fill('ada')
    await page.getByLabel('Password').fill('secret')
    const told = await page.evaluate(
      `(async () => {
        const form = document.querySelector('form')
        ${calls}
        return [session.sub, (await user.json()).username, (await same.json()).ref === session.ref]
      })()`,
    )
    const code = await page.evaluate(
      `(async () => {
        const alert = () => {}
        const location = { assign() {} }
        ${codes}
        return code
      })()`,
    )

    expect(told).toEqual(['ada', 'ada', true])
    expect(code).toBe('session_required')
  })
})
