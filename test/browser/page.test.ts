import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningCommand, startCommand } from '../support/command.ts'
import {
  accessProblems,
  launchChromium,
  openVisit,
  signInAs,
  someSecondsOfToken,
} from '../support/demo-page.ts'
import { type Folder, openFolder } from '../support/folder.ts'

/** For whoever wants to look. */
const SCREENSHOTS = join(tmpdir(), 'coatcheck-screenshots')
/** The page asks again and again; a busy machine takes its time. */
const SOON = { timeout: 15_000 }

describe('the demo page', () => {
  let dir: Folder
  let demo: RunningCommand
  let browser: Browser

  beforeAll(async () => {
    await mkdir(SCREENSHOTS, { recursive: true })
    dir = await openFolder()
    demo = await startCommand(['demo', '--port', '0'], { cwd: dir.path })
    browser = await launchChromium()
  })

  afterAll(async () => {
    await browser?.close()
    await demo?.[Symbol.asyncDispose]()
    await dir?.[Symbol.asyncDispose]()
  })

  const visit = (options = {}) => openVisit(browser, demo.port, options)

  /** Accessible in both schemes; a picture of each. */
  async function look(page: Page, name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      // A colour on its way is neither the one nor the other.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      expect(await accessProblems(page), `${name}, ${colorScheme}`).toEqual([])
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}.png`) })
    }
  }

  it('holds two people side by side, each with their own ticket, token and notes', async () => {
    await using both = await visit({ viewport: { width: 640, height: 800 } })
    const [alice, bob] = [await both.open('alice'), await both.open('bob')]
    await look(alice, 'signed-out-half')

    await signInAs(alice, 'Alice')
    await signInAs(bob, 'Bob')
    for (const page of [alice, bob]) {
      const note = `Written by ${page === alice ? 'Alice' : 'Bob'}`
      await page.getByRole('textbox', { name: /A note for/ }).fill(note)
      await page.getByRole('button', { name: 'Keep it' }).click()
      await page.getByRole('listitem').filter({ hasText: note }).waitFor()
    }

    const cookies = await both.context.cookies()
    const tickets = await Promise.all([alice, bob].map((page) => page.locator('.ref').innerText()))
    expect(new Set(tickets).size).toBe(2)
    for (const [page, mine, others] of [
      [alice, 'Water the violets', 'Bergen'],
      [bob, 'Bergen', 'violets'],
    ] as const) {
      const cookie = cookies.find(({ domain }) => page.url().includes(domain))
      const { name, value } = cookie ?? { name: '', value: '' }
      const ticket = page.getByRole('region', { name: 'You hold' })
      await expect.poll(() => ticket.innerText(), SOON).toContain(name)
      expect(await ticket.innerText()).toContain(`${name.length + 1 + value.length} bytes`)
      expect(await ticket.innerText()).toContain('document.cookie → ""')
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
      expect(await page.evaluate<string>('document.cookie')).toBe('')
      const notes = await page.getByRole('region', { name: 'My notes' }).innerText()
      expect(notes).toContain(mine)
      expect(notes).not.toContain(others)
    }
    const seen = bob.getByRole('table', { name: 'What the upstream saw' })
    await expect.poll(() => seen.innerText(), SOON).toMatch(/POST \/notes[^\n]*· Bob\s+—\s+\d+ ms/)
    expect(await seen.innerText()).toMatch(/POST \/notes[^\n]*Bearer …[\w-]{4} · Alice\s+—/)
    expect(await seen.innerText()).not.toContain('arrived!')
    expect(both.complaints).toEqual([])
    await look(alice, 'two-alice')
    await look(bob, 'two-bob')

    await alice.getByRole('button', { name: 'Sign out' }).click()
    await alice.getByText('You are signed out.').waitFor()
    await look(alice, 'signed-out-by-itself')
    await bob.reload()
    await bob.getByRole('heading', { level: 1, name: 'You are Bob Brook' }).waitFor()
    expect((await both.context.cookies()).map(({ domain }) => domain)).toEqual(['bob.localhost'])
  })

  it('fits one screen, signed out, signed in and with the bug', async () => {
    await using one = await visit()
    const page = await one.open('alice')
    const size = () =>
      page.evaluate<string>(
        'document.documentElement.scrollWidth + " × " + document.documentElement.scrollHeight',
      )

    expect(await size()).toBe('1280 × 800')
    await look(page, 'signed-out')
    await signInAs(page, 'Alice')
    expect(await size()).toBe('1280 × 800')
    await look(page, 'signed-in')
    await page.getByRole('button', { name: 'Show me the bug' }).click()
    expect(await size()).toBe('1280 × 800')
  })

  it('opens the other one beside, in half of the screen', async () => {
    await using one = await visit()
    const page = await one.open('alice')
    await signInAs(page, 'Alice')

    const opened = one.context.waitForEvent('page')
    await page.getByRole('link', { name: 'Open Bob beside me' }).click()
    const beside = await opened
    await signInAs(beside, 'Bob')

    expect(new URL(beside.url()).host).toBe(`bob.localhost:${demo.port}`)
    const screenWidth = await page.evaluate<number>('screen.availWidth')
    expect(await beside.evaluate<number>('innerWidth')).toBe(Math.floor(screenWidth / 2))
    expect(await beside.getByRole('link', { name: 'Open Alice beside me' }).count()).toBe(1)
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'You are Alice Ashby' }).waitFor()
  })

  it('counts twenty answers and one refresh in the moment in which the token runs out', async () => {
    await using one = await visit()
    const [page, bob] = [await one.open('alice'), await one.open('bob')]
    await signInAs(page, 'Alice')
    await someSecondsOfToken(page)
    await signInAs(bob, 'Bob')
    const tag = page.getByText(/^Bearer …[\w-]{4}$/).first()
    const before = await tag.innerText()

    await page.getByRole('button', { name: '20 requests at expiry' }).click()
    await page.getByText('20 answers, 1 refresh', { exact: true }).waitFor({ timeout: 60_000 })

    await page.getByText('Renewed once').waitFor()
    const after = await tag.innerText()
    expect(after).not.toBe(before)
    const rows = page.getByRole('table', { name: 'What the upstream saw' }).getByRole('row')
    // Calls of others may stand between the twenty, so they need not be one row.
    const twenty = rows.filter({ hasText: `${after} · Alice` })
    await expect.poll(() => twenty.count(), SOON).toBeGreaterThan(0)
    expect(one.complaints).toEqual([])
    await look(page, 'twenty')
    // With nobody asking for anything, too.
    await bob.getByText('Renewed once').waitFor({ timeout: 60_000 })
  })

  it('shows the bug: the same two, and one of them is shown the profile of the other', async () => {
    await using one = await visit({ reducedMotion: 'reduce' })
    const page = await one.open('alice')
    await signInAs(page, 'Alice')

    await page.getByRole('button', { name: 'Show me the bug' }).click()
    await page.getByRole('button', { name: 'Once more' }).waitFor({ timeout: 60_000 })

    const rows = page.getByRole('table', { name: 'The same two through one jar' }).getByRole('row')
    const wrong = rows.filter({ hasText: /This is (Alice|Bob)'s profile/ })
    expect(await wrong.count()).toBeGreaterThan(0)
    for (const text of await wrong.allInnerTexts()) {
      expect(text).toMatch(/Alice Ashby\s+200\s+This is Bob's|Bob Brook\s+200\s+This is Alice's/)
    }
    const colours = await page.evaluate<ReadonlyArray<readonly [string, string]>>(`
      [...document.querySelectorAll('.bug tbody tr')].map((row) => {
        const { backgroundColor } = getComputedStyle(row.firstElementChild)
        return [row.innerText.includes('This is') ? 'wrong' : 'other', backgroundColor]
      })`)
    const red = colours.find(([kind]) => kind === 'wrong')?.[1]
    for (const [kind, colour] of colours) expect(colour === red).toBe(kind === 'wrong')
    expect(await rows.filter({ hasText: 'The token is invalid!' }).count()).toBeGreaterThan(10)
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('bug-title')
    expect(one.complaints).toEqual([])
    await look(page, 'bug')

    await page.getByRole('button', { name: 'Back to Coatcheck' }).click()
    await page.getByRole('region', { name: 'My notes' }).waitFor()
  })

  it('lets two people chat, each seeing who the other is for the upstream, and closes with the session', async () => {
    await using one = await visit()
    const [alice, beside, bob] = [
      await one.open('alice'),
      await one.open('alice'),
      await one.open('bob'),
    ]
    await signInAs(alice, 'Alice')
    await beside.getByRole('heading', { level: 1, name: 'You are Alice' }).waitFor()
    await signInAs(bob, 'Bob')
    for (const page of [alice, beside, bob]) {
      await page.getByRole('button', { name: 'Chat', exact: true }).click()
      const name = page === bob ? 'Bob' : 'Alice'
      await page.getByText(`Connected. The upstream sees ${name}.`).waitFor()
    }

    await say(alice, 'Is my coat still there?')
    await say(bob, 'Next to mine.')

    for (const page of [alice, beside, bob]) {
      const said = page.getByRole('region', { name: 'Chat' }).getByRole('listitem')
      await said.filter({ hasText: /Alice.*Is my coat still there/s }).waitFor()
      await said.filter({ hasText: /Bob.*Next to mine/s }).waitFor()
    }
    expect(
      await alice.evaluate<string>(
        'document.documentElement.scrollWidth + " × " + document.documentElement.scrollHeight',
      ),
    ).toBe('1280 × 800')
    await look(alice, 'chat')
    await bob.setViewportSize({ width: 390, height: 844 })
    expect(await bob.evaluate<number>('document.documentElement.scrollWidth')).toBe(390)
    await look(bob, 'telephone-chat')

    await beside.getByRole('button', { name: 'Sign out' }).click()

    for (const page of [alice, beside]) {
      await page.getByText('The chat closed with the session: signed out (4401).').waitFor()
    }
    await look(alice, 'chat-closed')
    await say(bob, 'And now it is only mine.')
    await bob.getByRole('listitem').filter({ hasText: 'only mine' }).waitFor()
    expect(await alice.getByText('Is my coat still there?').count()).toBe(0)
    expect(one.complaints).toEqual([])
  })

  it('says that the session ends soon, and stays signed in', async () => {
    await using one = await visit()
    const page = await one.open('alice')
    await signInAs(page, 'Alice')
    let soon = true
    await page.route('**/auth/session', async (route) => {
      const answer = await passOn(route)
      const body = await answer.json()
      const json = soon ? { ...body, idleAt: body.now + 45_000 } : body
      await route.fulfill({ response: answer, json })
    })

    await page.reload()
    await page.getByText('Your session ends soon.').waitFor()
    expect(await page.getByRole('timer').innerText()).toMatch(/^4\d s$/)
    await look(page, 'ending')
    soon = false
    await page.getByRole('button', { name: 'Stay signed in' }).click()

    await page.getByText('Your session ends soon.').waitFor({ state: 'detached' })
    await page.getByRole('heading', { level: 1, name: 'You are Alice Ashby' }).waitFor()
  })

  it('says why it is signed out when that happened elsewhere', async () => {
    await using one = await visit()
    const page = await one.open('alice')
    await signInAs(page, 'Alice')
    const elsewhere = await one.open('alice')

    await elsewhere.getByRole('button', { name: 'Sign out' }).click()

    await page.getByText('Signed out elsewhere.').waitFor()
    await look(page, 'signed-out-elsewhere')

    await signInAs(elsewhere, 'Bob')
    await page.getByRole('heading', { name: 'Somebody else is signed in here' }).waitFor()
    expect(await page.getByText('Water the violets').count()).toBe(0)
    await look(page, 'somebody-else')
    await page.getByRole('button', { name: 'Load their page here' }).click()
    await page.getByRole('heading', { level: 1, name: 'You are Bob Brook' }).waitFor()
  })

  it('keeps people signed in while the store is out', async () => {
    await using one = await visit()
    const page = await one.open('alice')
    await signInAs(page, 'Alice')
    const outage = (route: Route) =>
      route.fulfill({
        status: 503,
        headers: { 'coatcheck-problem': 'store_unreachable', 'retry-after': '1' },
        json: { title: 'Sessions cannot be reached', code: 'store_unreachable' },
      })
    await page.route('**/auth/session', outage)
    await page.route('**/api/**', outage)

    await page.getByRole('textbox', { name: /A note for/ }).fill('During the outage')
    await page.getByRole('button', { name: 'Keep it' }).click()

    await page.getByText('You are still signed in.').waitFor()
    await page.getByRole('alert').filter({ hasText: 'The note is still here.' }).waitFor()
    await page.getByRole('heading', { level: 1, name: 'You are Alice Ashby' }).waitFor()
    await look(page, 'outage')

    await page.unrouteAll()
    await page.getByRole('button', { name: 'Ask now' }).click()
    await page.getByText('You are still signed in.').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Keep it' }).click()
    await page.getByRole('listitem').filter({ hasText: 'During the outage' }).waitFor()
  })

  it('says that the gateway is gone, and goes on when it is back', async () => {
    await using own = await openFolder()
    const gone = await startCommand(['demo', '--port', '0'], { cwd: own.path })
    await using one = await openVisit(browser, gone.port)
    const page = await one.open('alice')
    await signInAs(page, 'Alice')
    gone.kill('SIGTERM')
    await gone.ended

    await page.getByText(/The gateway does not answer/).waitFor({ timeout: 30_000 })
    await page.getByRole('heading', { level: 1, name: 'You are Alice Ashby' }).waitFor()
    await look(page, 'gateway-gone')

    await using _back = await startCommand(['demo', '--port', String(gone.port)], {
      cwd: own.path,
    })
    await page.getByText(/The gateway does not answer/).waitFor({ state: 'detached' })
    await page.getByRole('heading', { level: 1, name: 'You are Alice Ashby' }).waitFor()
  })

  it('says in plain words that the browser kept no cookie', async () => {
    await using one = await visit()
    const page = await one.open('alice')
    await page.route('**/auth/login', async (route) => {
      const answer = await passOn(route)
      const { 'set-cookie': _, ...headers } = answer.headers()
      await route.fulfill({ response: answer, headers })
    })

    await page.getByRole('button', { name: 'Alice', exact: true }).click()

    await page.getByRole('alert').filter({ hasText: 'did not keep the ticket' }).waitFor()
    await look(page, 'cookie-blocked')
    await page.unrouteAll()
    await signInAs(page, 'Alice')
  })

  it('takes a name and a password by hand, and says when they do not match', async () => {
    await using one = await visit()
    const page = await one.open('dave')
    await page.getByLabel('User name').fill('dave')
    await page.getByLabel('Password').fill('guess')

    await page.getByLabel('Password').press('Enter')
    await page.getByRole('alert').filter({ hasText: 'Username or password is wrong.' }).waitFor()
    await look(page, 'refused')
    await page.getByLabel('Password').fill('coatcheck-demo')
    await page.getByLabel('Password').press('Enter')

    await page.getByRole('heading', { level: 1, name: 'You are Dave Dunn' }).waitFor()
  })

  it('is used by keyboard alone on a telephone, in one column with nothing cut off', async () => {
    await using one = await visit({ viewport: { width: 390, height: 844 } })
    const page = await one.open('carol')
    const wide = () => page.evaluate<number>('document.documentElement.scrollWidth')
    await look(page, 'telephone-signed-out')

    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Open Bob beside me')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    expect(await focused(page)).toContain('Carol')
    expect(
      await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle'),
    ).toBe('solid')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'You are Carol Chen' }).waitFor()

    expect(await focused(page)).toBe('You are Carol Chen')
    expect(await page.getByRole('status').first().innerText()).toBe('Carol Chen is signed in.')
    const panels = await page.locator('.panel').all()
    const boxes = await Promise.all(panels.map((panel) => panel.boundingBox()))
    expect(boxes).toHaveLength(4)
    expect(new Set(boxes.map((box) => box?.x)).size).toBe(1)
    expect(await wide()).toBe(390)
    await look(page, 'telephone')
    await page.getByRole('button', { name: 'Show me the bug' }).click()
    await page
      .getByText(/own profile/)
      .first()
      .waitFor()
    expect(await wide()).toBe(390)
    await look(page, 'telephone-bug')
  })

  it('moves nothing for whoever wants that', async () => {
    await using one = await visit({ reducedMotion: 'reduce' })
    const page = await one.open('alice')
    await signInAs(page, 'Alice')

    const moving = await page.evaluate<number>(`
      [...document.querySelectorAll('*')].filter((element) => {
        const { animationName, transitionDuration } = getComputedStyle(element)
        return animationName !== 'none' || /[1-9]/.test(transitionDuration)
      }).length`)

    expect(moving).toBe(0)
  })

  /** Node itself does not know names below localhost. */
  function passOn(route: Route) {
    const request = route.request()
    const { host, pathname } = new URL(request.url())
    const headers = { ...request.headers(), host }
    return route.fetch({ url: `http://127.0.0.1:${demo.port}${pathname}`, headers })
  }
})

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'A message to everybody' }).fill(text)
  await page.getByRole('button', { name: 'Say it' }).click()
}

function focused(page: Page): Promise<string> {
  return page.evaluate<string>('document.activeElement.innerText.trim()')
}
