// The demo's page in a real browser, as tests and the pictures of the docs use it.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { chromium as launcher } from 'playwright-core'
import { chromium, findNeed } from './needs.ts'

export async function launchChromium(): Promise<Browser> {
  const executablePath = findNeed(chromium)
  if (executablePath === undefined) throw new Error('no Chromium on this machine')
  return launcher.launch({ executablePath, args: ['--no-sandbox'] })
}

export interface Visit extends AsyncDisposable {
  readonly context: BrowserContext
  /** What the browser complained about: broken policies, failed requests, errors nobody caught. */
  readonly complaints: readonly string[]
  /** A tab at `http://<name>.localhost`. */
  open(name: string): Promise<Page>
}

/** A browser of its own, as far as cookies go, before the demo at this port. */
export async function openVisit(
  browser: Browser,
  port: number,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const complaints: string[] = []
  context.on('console', (message) => {
    if (message.type() !== 'log') complaints.push(message.text())
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
  return {
    context,
    complaints,
    async open(name) {
      const page = await context.newPage()
      await page.goto(`http://${name}.localhost:${port}/`)
      await page.getByRole('heading', { level: 1, name: /^(You are|Nobody|Somebody)/ }).waitFor()
      return page
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}

/** By the persona's button. */
export async function signInAs(page: Page, first: string): Promise<void> {
  await page.getByRole('button', { name: first, exact: true }).click()
  await page.getByRole('heading', { level: 1, name: `You are ${first}` }).waitFor()
  await page
    .getByText(/^Bearer …[\w-]{4}$/)
    .first()
    .waitFor()
}

/** Until a token signed in for after it runs out at another moment. */
export async function someSecondsOfToken(page: Page): Promise<void> {
  await page.getByText(/^(\d|1\d|2[0-6]) s$/).waitFor()
}

/** axe's serious and critical findings, one line each. */
export async function accessProblems(page: Page): Promise<readonly string[]> {
  const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  await page.evaluate(await readFile(file, 'utf8'))
  const found = await page.evaluate<ReadonlyArray<AxeFinding>>(
    'axe.run().then((r) => r.violations)',
  )
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

interface AxeFinding {
  readonly id: string
  readonly impact: string | null
  readonly nodes: ReadonlyArray<{ readonly html: string }>
}
