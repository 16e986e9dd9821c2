// The bench’s page as a tester uses it, in a real browser: by mouse, by keys, in both schemes, on a telephone.
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BenchSettings, openBench } from '../support/bench.ts'
import { accessProblems, launchChromium } from '../support/demo-page.ts'
import { readEvents } from '../support/events.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'

/** For whoever wants to look. */
const SCREENSHOTS = join(tmpdir(), 'coatcheck-screenshots')
const SOON = { timeout: 15_000 }
const run = promisify(execFile)

/** An app that says who it is for. */
const APP = {
  'index.html':
    '<!doctype html><html lang="en"><head><title>App</title><link rel="icon" href="/own.svg"><script type="module" src="/app.js"></script></head><body><h1></h1></body></html>',
  'app.js':
    "const a = await fetch('/api/user'); document.querySelector('h1').textContent = a.ok ? (await a.json()).name : 'nobody (' + a.status + ')'",
}

describe('the bench’s page', () => {
  let browser: Browser
  let app: Folder

  beforeAll(async () => {
    await mkdir(SCREENSHOTS, { recursive: true })
    app = await openFolder(APP)
    browser = await launchChromium()
  })

  afterAll(async () => {
    await browser?.close()
    await app?.[Symbol.asyncDispose]()
  })

  /** A bench whose origin a browser can open, and its page. */
  async function openPage(settings: BenchSettings = {}, options: BrowserContextOptions = {}) {
    const port = await freePort()
    const origin = `http://localhost:${port}`
    const bench = await openBench({
      publicOrigin: origin,
      listen: { host: '127.0.0.1', port },
      static: [{ prefix: '/', dir: app.path, fallback: undefined }],
      ...settings,
    })
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      permissions: ['clipboard-read', 'clipboard-write'],
      reducedMotion: 'reduce',
      ...options,
    })
    const complaints: string[] = []
    context.on('console', (message) => {
      // Of the tests' own look at the lanes.
      if (!message.text().startsWith('Canvas2D')) complaints.push(message.text())
    })
    context.on('weberror', (error) => complaints.push(String(error.error())))
    const page = await context.newPage()
    await page.goto(`${origin}/qa`)
    return {
      bench,
      origin,
      port,
      context,
      page,
      complaints,
      async [Symbol.asyncDispose]() {
        await context.close()
        await bench[Symbol.asyncDispose]()
      },
    }
  }

  const card = (page: Page, name: string) => page.locator(`[data-name="${name}"]`)
  const pill = (page: Page, name: string) => card(page, name).locator('.pill')
  const countdown = (page: Page, name: string, which: string) =>
    card(page, name).locator(`[data-countdown="${which}"] [aria-hidden]`)
  const clipboard = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()')

  async function choose(page: Page, name: string, menu: string, item: string | RegExp) {
    await page.getByRole('button', { name: `${menu} of ${name}` }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }

  /** By the card's button, until the app in the window knows who it is for. */
  async function openWindow(page: Page, name: string): Promise<Page> {
    const opening = page.context().waitForEvent('page')
    await page.getByRole('button', { name: `Open ${name}` }).click()
    const window = await opening
    await window.waitForURL(new RegExp(`^http://${name}\\.localhost:\\d+/$`))
    await window.locator('h1:not(:empty)').waitFor()
    return window
  }

  /** Accessible in both schemes, as wide as its window; a picture of each. */
  async function look(page: Page, name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      expect(await accessProblems(page), `${name}, ${colorScheme}`).toEqual([])
      const path = join(SCREENSHOTS, `qa-${name}-${colorScheme}.png`)
      await page.screenshot({ path, fullPage: true })
    }
    const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    expect(wide, name).toBeLessThanOrEqual(0)
  }

  it('holds two personas at once, and moves the clock of one of them', async () => {
    await using opened = await openPage()
    const { page, context, origin } = opened
    await pill(page, 'alice').getByText('absent').waitFor()
    await look(page, 'nobody')

    const [alice, bob] = [await openWindow(page, 'alice'), await openWindow(page, 'bob')]
    await pill(page, 'bob').getByText('active').waitFor()
    expect(await alice.locator('h1').innerText()).toBe('Alice Ashby')
    expect(await bob.locator('h1').innerText()).toBe('Bob Brook')
    const hosts = (await context.cookies()).map(({ domain }) => domain).sort()
    expect(hosts).toEqual(['alice.localhost', 'bob.localhost'])
    expect(await page.locator('.facts').innerText()).toContain(origin)
    await expect.poll(() => countdown(page, 'alice', 'idle').innerText(), SOON).toBe('8 h 00 m')

    await choose(page, 'alice', 'Advance', '11 minutes')
    await page.getByText('For alice, 11 m went by').waitFor()
    await expect.poll(() => countdown(page, 'alice', 'idle').innerText(), SOON).toBe('7 h 49 m')
    await expect.poll(() => countdown(page, 'bob', 'idle').innerText(), SOON).toBe('8 h 00 m')
    await look(page, 'two')

    await choose(page, 'alice', 'Advance', 'to idle')
    await pill(page, 'alice').getByText('idle').waitFor()
    expect(await pill(page, 'bob').innerText()).toBe('active')
    await alice.reload()
    await expect.poll(() => alice.locator('h1').innerText(), SOON).toBe('nobody (401)')
    await choose(page, 'alice', 'State', /^fresh/)
    await pill(page, 'alice').getByText('active').waitFor()
    await alice.reload()
    await expect.poll(() => alice.locator('h1').innerText(), SOON).toBe('Alice Ashby')

    await page.getByRole('button', { name: 'End alice' }).click()
    await pill(page, 'alice').getByText('signed out').waitFor()
    expect(await pill(page, 'bob').innerText()).toBe('active')
    await choose(page, 'bob', 'State', /^revoked-upstream/)
    await page.getByText('bob is revoked-upstream').waitFor()
    await card(page, 'bob').getByText('put: revoked upstream').waitFor()
    expect(await pill(page, 'bob').innerText()).toBe('active')
    await look(page, 'put')
    await bob.reload()
    await pill(page, 'bob').getByText('ended').waitFor()
    await card(page, 'bob').getByText('put:').waitFor({ state: 'detached' })
    await card(page, 'bob').getByText('The upstream did not renew its token').waitFor()
    await look(page, 'over')

    await choose(page, 'carol', 'State', /^ending/)
    await pill(page, 'carol').getByText('active').waitFor()
    await page.getByRole('button', { name: 'End all' }).click()
    await pill(page, 'carol').getByText('signed out').waitFor()
    const unexpected = opened.complaints.filter((text) => !/40[14]/.test(text))
    expect(unexpected).toEqual([])
  })

  it('opens ticked personas side by side, and gives links where windows are blocked', async () => {
    await using opened = await openPage()
    const { page, context } = opened
    const button = page.getByRole('button', { name: 'Open side by side' })
    for (const name of ['alice', 'carol']) await page.getByLabel(`Tick ${name}`).check()
    const windows: Page[] = []
    context.on('page', (window) => windows.push(window))

    await button.click()

    await expect.poll(() => windows.length, SOON).toBe(2)
    const screenWidth = await page.evaluate<number>('screen.availWidth')
    for (const [index, window] of windows.entries()) {
      await window.waitForURL(/(alice|carol)\.localhost/)
      await expect.poll(() => window.evaluate('innerWidth'), SOON).toBe(Math.floor(screenWidth / 2))
      const name = index === 0 ? 'Alice Ashby' : 'Carol Chen'
      await expect.poll(() => window.locator('h1').innerText(), SOON).toBe(name)
    }

    await page.evaluate('window.open = () => null')
    await button.click()
    await page.getByText('This browser blocked 2 windows').waitFor()
    await look(page, 'blocked')
    const opening = context.waitForEvent('page')
    await page.getByRole('link', { name: 'carol' }).click()
    const window = await opening
    await expect.poll(() => window.locator('h1').innerText(), SOON).toBe('Carol Chen')
    await page.getByRole('link', { name: 'carol' }).waitFor({ state: 'detached' })
  })

  it('gives a link to whoever can be let in, and says who cannot', async () => {
    await using opened = await openPage({ passwords: { bob: 'not it' } })
    const { page } = opened
    for (const name of ['alice', 'bob']) await page.getByLabel(`Tick ${name}`).check()
    await page.evaluate('window.open = () => null')

    await page.getByRole('button', { name: 'Open side by side' }).click()

    await page.getByText('This browser blocked 1 window').waitFor()
    await page.getByText('Not opened: bob cannot sign in at main').waitFor()
    await page.getByRole('link', { name: 'alice' }).waitFor()
  })

  it('copies a line for curl, a storageState and a test that do what they say', async () => {
    await using opened = await openPage()
    const { page, origin, bench } = opened
    const alice = await openWindow(page, 'alice')
    const bob = await openWindow(page, 'bob')
    await page.bringToFront()

    await choose(page, 'alice', 'Copy', /^curl/)
    await page.getByText('alice’s line for curl copied').waitFor()
    const { stdout } = await run('sh', ['-c', `${await clipboard(page)} --silent`])
    const { session } = (await bench.ask('/qa/state')).json().personas[0]
    expect(JSON.parse(stdout)).toMatchObject({ username: 'alice' })
    expect(session.lastCall.path).toBe('/api/user')

    await choose(page, 'bob', 'Copy', /^storageState/)
    await page.getByText('bob’s storageState copied').waitFor()
    const storageState = JSON.parse(await clipboard(page))
    const context = await browser.newContext({ storageState })
    const other = await context.newPage()
    await other.goto(origin)
    await expect.poll(() => other.locator('h1').innerText(), SOON).toBe('Bob Brook')
    await context.close()

    await choose(page, 'alice', 'Copy', /^test snippet/)
    await page.getByText('Test snippet copied').waitFor()
    expect(await clipboard(page)).toContain("data: { persona: 'alice' }")

    const ask = (path: string, init = '{}') => `fetch('${path}', ${init}).then((a) => a.text())`
    const note =
      "{ method: 'POST', body: JSON.stringify({ text: 'From Alice' }), headers: { 'content-type': 'application/json' } }"
    await alice.evaluate(ask('/api/notes', note))
    await bob.evaluate(ask('/api/nothing'))
    await page.getByText('refused or failed').waitFor()
    await page.getByRole('button', { name: 'Copy as Playwright test' }).click()
    await page.getByText('Playwright test of 2 personas copied').waitFor()
    const spec = await clipboard(page)
    expect(spec).toContain("alice.post('/api/notes'")
    expect(spec).toContain('expect(answer.status()).toBe(404)')
    await expect(played(spec)).resolves.toContain('passed: alice and bob as seen')
    await expect(played(spec.replace('toBe(404)', 'toBe(200)'))).rejects.toThrow('404')
  })

  it('shows calls as they happen, and an arrow for an answer that was somebody else’s', async () => {
    await using opened = await openPage()
    const { page, bench } = opened
    await page.getByText('No calls in the last minute').waitFor()
    using events = await readEvents(`${bench.gateway.url}/qa/events`, {
      host: bench.gateway.host,
      accept: 'text/event-stream',
    })
    const [alice, bob] = [await bench.make('alice'), await bench.make('bob')]
    await bob.get('/api/user')
    await alice.send('/api/notes?draft=1', {
      method: 'POST',
      json: { text: 'A note', token: 'secret-secret' },
    })
    const call = await events.first(({ kind, persona }) => kind === 'call' && persona === 'alice')

    const canvas = page.locator('canvas.lanes')
    await page.getByText('answered', { exact: true }).waitFor()
    await expect.poll(async () => (await pixels(page)).drawn, SOON).toBeGreaterThan(40)
    expect((await pixels(page)).red).toBe(0)
    bench.gateway.app.coatcheck.observers.leak({
      requestId: String(call.id),
      route: '/api/*',
      at: bench.clock.now(),
      asker: alice.made.session.ref,
      owner: bob.made.session.ref,
      seen: 'token',
      stopped: true,
    })

    await page.getByText('from its owner to who asked').waitFor()
    await expect.poll(async () => (await pixels(page)).red, SOON).toBeGreaterThan(40)
    await canvas.focus()
    await page.keyboard.press('n')
    await page
      .getByRole('heading', { name: /^alice asked POST \/api\/notes and would have got bob’s/ })
      .waitFor()
    const panel = page.getByRole('region', { name: /^alice asked/ })
    await panel.getByText('"A note"').first().waitFor()
    await expect.poll(() => panel.innerText(), SOON).toContain('POST /api/notes?draft=1')
    expect(await panel.innerText()).not.toContain('secret-secret')
    await look(page, 'leak')
    await page.setViewportSize({ width: 390, height: 844 })
    await look(page, 'leak-390')
    await page.getByRole('button', { name: 'Close this call' }).click()
    await panel.waitFor({ state: 'detached' })
    expect(opened.complaints).toEqual([])
  })

  it('fits one screen with three personas and their calls', async () => {
    await using opened = await openPage()
    const { page, bench } = opened
    const alice = await bench.make('alice')
    await alice.get('/api/user')
    await page.getByText('answered', { exact: true }).waitFor()

    const height = () => page.evaluate<number>('document.documentElement.scrollHeight')
    await expect.poll(height, SOON).toBe(800)
    await page.setViewportSize({ width: 390, height: 844 })
    await look(page, '390')
  })

  it('is used by keys alone: a menu opens, is walked, and gives the focus back', async () => {
    await using opened = await openPage()
    const { page } = opened
    const button = page.getByRole('button', { name: 'State of alice' })
    const focused = () => page.evaluate<string>('document.activeElement.innerText')

    await button.focus()
    await page.keyboard.press('ArrowDown')
    await expect.poll(focused, SOON).toContain('fresh')
    await page.keyboard.press('End')
    await expect.poll(focused, SOON).toContain('ending')
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    await expect.poll(focused, SOON).toContain('State')
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')

    await pill(page, 'alice').getByText('active').waitFor()
    await page.getByText('alice is access-expired').waitFor()

    const end = page.getByRole('button', { name: 'End alice' })
    await end.focus()
    await page.keyboard.press('Enter')
    await pill(page, 'alice').getByText('signed out').waitFor()
    await expect.poll(focused, SOON).toMatch(/^End\s/)
    await expect.poll(() => end.getAttribute('aria-disabled'), SOON).toBe('true')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Shift+Tab')
    await expect.poll(focused, SOON).toContain('Copy')
  })

  it('says that the gateway is gone, and goes on when it is there again', async () => {
    await using opened = await openPage()
    const { page } = opened
    await pill(page, 'alice').waitFor()

    await page.route('**/qa/**', (route) => route.abort())
    await page.getByText('The gateway does not answer; trying again').waitFor(SOON)
    await page.getByText('no answer', { exact: true }).waitFor()
    await look(page, 'gone')
    await page.unroute('**/qa/**')

    await page.getByText('The gateway does not answer').waitFor({ ...SOON, state: 'detached' })
    await page.getByText('live', { exact: true }).waitFor()
  })

  it('asks for the token, and keeps it in this tab alone', async () => {
    await using opened = await openPage({ token: 'a-token-of-the-bench' })
    const { page, context, origin } = opened
    const field = page.getByLabel('Token')
    await field.fill('another-token-of-it')
    await page.keyboard.press('Enter')
    await page.getByText('That is not the token').waitFor()
    await look(page, 'token')

    await field.fill('a-token-of-the-bench')
    await page.getByRole('button', { name: 'Go in' }).click()
    await pill(page, 'alice').waitFor()
    const alice = await openWindow(page, 'alice')
    expect(await alice.locator('h1').innerText()).toBe('Alice Ashby')
    await page.getByText('answered', { exact: true }).waitFor()
    await page.reload()
    await pill(page, 'alice').getByText('active').waitFor()

    expect(await page.evaluate('[localStorage.length, document.cookie]')).toEqual([0, ''])
    const other = await context.newPage()
    await other.goto(`${origin}/qa`)
    await other.getByRole('heading', { name: 'This bench has a token' }).waitFor()
  })

  it('tells what to write where there are no personas', async () => {
    await using opened = await openPage({ qa: { personas: [] } })

    await opened.page.getByText('No personas yet.').waitFor()
    await look(opened.page, 'empty')
  })

  it('starts and stops a recording', async () => {
    await using folder = await openFolder()
    const record = {
      file: join(folder.path, 'seen.har'),
      bodyBytes: 1024,
      mostBytes: 1e6,
      redact: [],
    }
    await using opened = await openPage({ qa: { record } })
    const { page, bench } = opened
    const alice = await bench.make('alice')
    await alice.get('/api/user')

    await page.getByText('seen.har, 1 call').waitFor()
    await look(page, 'recording')
    await page.getByRole('button', { name: 'Stop recording' }).click()
    await page.getByText('Written: seen.har, 1 call').waitFor()
    await page.getByRole('button', { name: 'Record', exact: true }).click()
    await page.getByText('Recording to seen-2.har').waitFor()
  })

  it('marks the windows of an app with whose they are, unless it is told not to', async () => {
    await using opened = await openPage({ qa: { badge: true } })
    const { page } = opened
    const alice = await openWindow(page, 'alice')
    const icon = () => alice.locator('link[rel~="icon"]').getAttribute('href')

    await expect.poll(() => alice.title(), SOON).toBe('alice · App')
    await expect.poll(icon, SOON).toBe('/qa/assets/icon.svg?colour=violet&initial=A')
    await alice.locator('coatcheck-badge').waitFor({ state: 'attached' })
    await alice.evaluate("document.title = 'Another page'")
    await expect.poll(() => alice.title(), SOON).toBe('alice · Another page')
    await alice.screenshot({ path: join(SCREENSHOTS, 'qa-badge.png') })
    await page.getByRole('button', { name: 'End alice' }).click()
    await expect.poll(() => alice.title(), SOON).toBe('Another page')
    await expect.poll(icon, SOON).toBe('/own.svg')
    await alice.locator('coatcheck-badge').waitFor({ state: 'detached' })
  })
})

interface Pixels {
  /** That have another colour than most. */
  readonly drawn: number
  /** That have the colour of what went wrong. */
  readonly red: number
}

/** How many of the lanes' are of anything, and of what went wrong. */
function pixels(page: Page): Promise<Pixels> {
  return page.evaluate<Pixels>(`(() => {
    const canvas = document.querySelector('canvas.lanes')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    const colours = new Map()
    for (const colour of new Uint32Array(data.buffer)) colours.set(colour, (colours.get(colour) ?? 0) + 1)
    let red = 0
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] > 150 && data[at] > 140 && data[at + 1] < 48 && data[at + 2] < 48) red++
    }
    return { drawn: data.length / 4 - Math.max(...colours.values()), red }
  })()`)
}

const PLAYWRIGHT = `
import assert from 'node:assert/strict'
import { request } from '${import.meta.resolve('playwright-core')}'
export const expect = (got, message) => ({
  toBe: (want) => assert.equal(got, want, message ?? got + ' is not ' + want),
  toBeLessThan: (want) => assert.ok(got < want, message),
  not: { toBe: (want) => assert.notEqual(got, want), toContain: (want) => assert.ok(!got.includes(want)) },
})
export const test = {
  extend: (fixtures) => async (title, body) => {
    const names = Object.keys(fixtures)
    const next = (made) => {
      const [name] = names.splice(0, 1)
      if (name === undefined) return body(made)
      return fixtures[name]({ playwright: { request } }, (value) => next({ ...made, [name]: value }))
    }
    await next({})
    console.log('passed: ' + title)
  },
}
`

/** Runs the test as Playwright's own runner would; what it printed. Rejects where it fails. */
async function played(spec: string): Promise<string> {
  await using folder = await openFolder({
    'package.json': '{ "type": "module" }',
    'node_modules/@playwright/test/package.json': '{ "type": "module", "main": "index.js" }',
    'node_modules/@playwright/test/index.js': PLAYWRIGHT,
  })
  const file = join(folder.path, 'seen.spec.ts')
  await writeFile(file, spec)
  const { stdout } = await run(process.execPath, [file])
  return stdout
}
