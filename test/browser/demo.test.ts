import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningCommand, startCommand } from '../support/command.ts'
import { type Folder, openFolder } from '../support/folder.ts'

/** For whoever wants to look. */
const SCREENSHOTS = join(tmpdir(), 'coatcheck-screenshots')

describe('the demo in a browser', () => {
  let dir: Folder
  let demo: RunningCommand
  let browser: Browser

  beforeAll(async () => {
    await mkdir(SCREENSHOTS, { recursive: true })
    dir = await openFolder()
    demo = await startCommand(['demo', '--port', '0'], { cwd: dir.path })
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  })

  afterAll(async () => {
    await browser?.close()
    await demo?.[Symbol.asyncDispose]()
    await dir?.[Symbol.asyncDispose]()
  })

  async function open(context: BrowserContext, name: string): Promise<Page> {
    const page = await context.newPage()
    await page.goto(`http://${name}.localhost:${demo.port}/`)
    return page
  }

  async function signIn(page: Page, name: string): Promise<void> {
    await page.getByRole('button', { name, exact: true }).click()
    await page.getByRole('heading', { level: 1, name: `You are ${name}` }).waitFor()
  }

  const fact = (page: Page, list: string, name: string) =>
    page.locator(`${list} dt:text-is("${name}") + dd`).textContent()
  const shot = (page: Page, name: string) =>
    page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })

  it('holds two people side by side, each with their own profile and token', async () => {
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 } })
    const complaints: string[] = []
    context.on('console', (message) => {
      if (message.type() !== 'log') complaints.push(message.text())
    })
    context.on('weberror', (error) => complaints.push(String(error.error())))
    const alice = await open(context, 'alice')
    await shot(alice, 'signed-out')
    const bob = await open(context, 'bob')

    await signIn(alice, 'Alice')
    await signIn(bob, 'Bob')
    for (let again = 0; again < 3; again++) {
      await Promise.all(
        [alice, bob].map((page) => page.getByRole('button', { name: 'Ask' }).click()),
      )
    }

    await expect.poll(() => fact(alice, '#profile', 'User name')).toBe('alice')
    await expect.poll(() => fact(bob, '#profile', 'User name')).toBe('bob')
    for (const page of [alice, bob]) {
      expect(await page.evaluate<string>('document.cookie')).toBe('')
      expect(await fact(page, '#facts', 'document.cookie')).toContain('empty')
      expect(await fact(page, '#facts', 'Session')).toBe('active')
      expect(await fact(page, '#facts', 'Token at the gateway')).toMatch(/^good for \d+ s$/)
    }
    const rows = alice.locator('#seen tbody tr')
    await expect.poll(() => rows.filter({ hasText: '· Bob' }).count()).toBeGreaterThan(0)
    const texts = await rows.allInnerTexts()
    expect(
      texts.filter((text) => /Bearer ….{4} · (Alice|Bob)\s+—\s+200/.test(text)).length,
    ).toBeGreaterThan(3)
    expect(texts.join()).not.toContain('arrived!')
    expect(complaints).toEqual([])
    await shot(alice, 'alice')
    await shot(bob, 'bob')

    await alice.getByRole('button', { name: 'Sign out' }).click()
    await alice.getByRole('heading', { level: 1, name: 'Nobody is signed in here' }).waitFor()
    await bob.reload()
    await bob.getByRole('heading', { level: 1, name: 'You are Bob Brook' }).waitFor()
    expect((await context.cookies()).map(({ domain }) => domain)).toEqual(['bob.localhost'])
    await context.close()
  })

  it('is used by keyboard alone on a telephone, with nothing cut off', async () => {
    const context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      colorScheme: 'dark',
    })
    const page = await open(context, 'carol')
    await page.getByRole('button', { name: 'Carol', exact: true }).waitFor()

    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'You are Carol Chen' }).waitFor()

    await expect.poll(() => fact(page, '#profile', 'User name')).toBe('carol')
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('who')
    expect(await page.getByRole('status').textContent()).toBe('Carol Chen is signed in.')
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390)
    await expect.poll(() => page.locator('#seen tbody tr').count()).toBeGreaterThan(0)
    await shot(page, 'telephone')
    await context.close()
  })

  it('shows what a session that is over is answered', async () => {
    const context = await browser.newContext()
    const page = await open(context, 'dave')
    await page.getByRole('button', { name: 'Dave', exact: true }).waitFor()

    await page.getByRole('button', { name: 'Ask' }).click()

    await expect.poll(() => fact(page, '#profile', 'Answer')).toBe('401 session_required')
    await context.close()
  })
})
