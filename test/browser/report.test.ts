// The HTML report in a real browser: whole from its file alone, walked, zoomed, filtered, printed, and never acting.
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderHtmlReport } from '../../src/qa/report/html.ts'
import type { Run, RunCall } from '../../src/qa/run.ts'
import { curveOf, pointOn } from '../../src/web/lanes/curve.ts'
import { hit } from '../../src/web/lanes/hit.ts'
import { readyLanes } from '../../src/web/lanes/lanes-run.ts'
import { type Frame, layOut, measure, type Point } from '../../src/web/lanes/layout.ts'
import { accessProblems, launchChromium } from '../support/demo-page.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { patience } from '../support/promised.ts'
import { cleanRun, hostileRun, hugeRun, replayRun, sharedJarRun } from '../unit/web/report-runs.ts'

const LONG = process.env.COATCHECK_LONG === '1'
/** For whoever wants to look. */
const SCREENSHOTS = join(tmpdir(), 'coatcheck-screenshots')
const SENTENCE =
  'LEAK: 14 of 400 answers belonged to someone else; 102 valid users were thrown out.'

/** What is printed of the answers that belonged to someone else. */
const FOREIGN = '[aria-labelledby="printed"] table'

interface Opened extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** What the browser complained about. */
  readonly complaints: readonly string[]
  /** Whatever it asked for, beside the file itself. */
  readonly requests: readonly string[]
}

describe('the HTML report', () => {
  let dir: Folder
  let browser: Browser
  const jar = sharedJarRun()

  beforeAll(async () => {
    await mkdir(SCREENSHOTS, { recursive: true })
    const runs = {
      jar,
      clean: cleanRun(10_000),
      huge: hugeRun(10_000),
      hostile: hostileRun(),
      replay: replayRun(),
    }
    const pages = Object.entries(runs).map(async ([name, run]) => {
      return [`${name}.html`, await renderHtmlReport(run)] as const
    })
    dir = await openFolder(Object.fromEntries(await Promise.all(pages)))
    browser = await launchChromium()
  })

  afterAll(async () => {
    await browser?.close()
    await dir?.[Symbol.asyncDispose]()
  })

  async function open(name: string, options: BrowserContextOptions = {}): Promise<Opened> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    const complaints: string[] = []
    const requests: string[] = []
    const address = pathToFileURL(join(dir.path, `${name}.html`)).href
    context.on('console', (message) => complaints.push(message.text()))
    context.on('weberror', (error) => complaints.push(String(error.error())))
    context.on('request', (request) => {
      if (request.url() !== address) requests.push(request.url())
    })
    const page = await context.newPage()
    await page.goto(address)
    if (options.javaScriptEnabled !== false) await page.getByRole('row').nth(1).waitFor()
    return { page, context, complaints, requests, [Symbol.asyncDispose]: () => context.close() }
  }

  /** Accessible in both schemes; a picture of each. */
  async function look(page: Page, name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await accessProblems(page), `${name}, ${colorScheme}`).toEqual([])
      const path = join(SCREENSHOTS, `report-${name}-${colorScheme}.png`)
      await page.screenshot({ path, fullPage: true })
    }
  }

  it('opens from a file, says its sentence first, and asks for nothing else', async () => {
    await using report = await open('jar')
    const { page } = report

    const heading = page.getByRole('heading', { level: 1 })
    expect((await heading.innerText()).trim()).toBe(SENTENCE)
    expect((await heading.boundingBox())?.y).toBeLessThan(200)
    expect(await page.title()).toBe('LEAK: http://localhost:5000')
    expect(await page.getByText('Shared jar: the last sign-in wins.').isVisible()).toBe(true)
    expect(await page.locator('.steps li').count()).toBe(4)
    await look(page, 'leak')
    expect(report.requests).toEqual([])
    expect(report.complaints).toEqual([])
  })

  it('is accessible and whole when clean, when hostile, and on a telephone', async () => {
    for (const [name, width] of [
      ['clean', 1280],
      ['jar', 390],
      ['hostile', 390],
      ['replay', 390],
    ] as const) {
      await using report = await open(name, { viewport: { width, height: 844 } })

      await look(report.page, `${name}-${width}`)
      expect(await report.page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width)
      expect(report.complaints).toEqual([])
    }
  })

  it('opens a clicked arrow as both bodies, with the foreign markers lit', async () => {
    await using report = await open('jar')
    const { page } = report
    const frame = await frameOf(page, jar)
    const { call, at } = clickable(frame)

    await page.locator('.lanes').click({ position: at })

    const { user, owner = '' } = call
    await page.getByRole('heading', { name: `${user} asked and got ${owner}’s answer` }).waitFor()
    const received = page.getByRole('article').filter({ hasText: `What ${user} received` })
    const owners = page.getByRole('article').filter({ hasText: `What ${owner} gets` })
    expect(await received.locator('mark').allInnerTexts()).toContain(`${owner}@example.org`)
    expect(await owners.locator('mark').allInnerTexts()).toContain(`${owner}@example.org`)
    expect(await received.locator('pre').innerText()).toContain(`"username": "${owner}"`)
    await received.getByText('Request’s headers').click()
    await expect.poll(() => received.innerText()).toContain(`sid={{${user}.cookie}}`)
  })

  it('is walked by keys: through the lanes, and through the table and back', async () => {
    await using report = await open('jar')
    const { page } = report
    const title = page.locator('#answer-title')
    const first = await title.innerText()

    await page.locator('.lanes').focus()
    await page.keyboard.press('n')
    await expect.poll(() => title.innerText()).not.toBe(first)
    await page.keyboard.press('ArrowRight')
    const said = page.locator('.lanes-host [role=status]')
    await expect.poll(() => said.innerText()).toMatch(/^(alice|bob|carol|dave): (GET|POST) \//)
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('#answer-gist').innerText()).toContain('Call ')

    await page.locator('.rows .row').first().focus()
    await page.keyboard.press('End')
    await expect.poll(() => focusedRow(page)).toBe('401')
    await page.keyboard.press('PageUp')
    await expect.poll(() => focusedRow(page)).toMatch(/^(?!401)\d+$/)
    const row = Number(await focusedRow(page)) - 1
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => focusedRow(page)).toBe(String(row))
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('answer-title')
    const gist = await page.locator('#answer-gist').innerText()
    expect(gist).toContain(`Call ${row - 2} ·`)
    await page.getByRole('button', { name: 'Back to the table' }).press('Enter')
    await expect.poll(() => focusedRow(page)).toBe(String(row))
  })

  it('zooms with Ctrl and with keys, pans by dragging, and leaves the plain wheel to the page', async () => {
    await using report = await open('jar')
    const { page } = report
    const lanes = page.locator('.lanes')
    await lanes.scrollIntoViewIfNeeded()
    const { x = 0, y = 0 } = (await lanes.boundingBox()) ?? {}
    const picture = () => page.evaluate<string>(PICTURE)
    const whole = await picture()

    await page.mouse.move(x + 600, y + 20)
    const scrolled = () => page.evaluate<number>('scrollY')
    const before = await scrolled()
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -400)
    await page.keyboard.up('Control')
    await expect.poll(picture).not.toBe(whole)
    expect(await scrolled()).toBe(before)
    const zoomed = await picture()
    await page.mouse.down()
    await page.mouse.move(x + 500, y + 24, { steps: 4 })
    await page.mouse.up()
    await expect.poll(picture).not.toBe(zoomed)
    await lanes.focus()
    await page.keyboard.press('0')
    await page.mouse.move(0, 0)
    await expect.poll(picture).toBe(whole)

    await page.mouse.move(x + 600, y + 20)
    await page.mouse.wheel(0, 120)
    await expect.poll(scrolled).toBeGreaterThan(before)
  })

  it('zooms by two fingers, pans by one, and opens what is tapped', async () => {
    await using report = await open('jar', {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    const { page } = report
    const lanes = page.locator('.lanes')
    await lanes.scrollIntoViewIfNeeded()
    const { x = 0, y = 0 } = (await lanes.boundingBox()) ?? {}
    const picture = () => page.evaluate<string>(PICTURE)
    const cdp = await report.context.newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...xs: readonly number[]) =>
      cdp.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: xs.map((at, id) => ({ x: x + at, y: y + 18, id })),
      })
    const whole = await picture()

    await touch('touchStart', 180, 220)
    await touch('touchMove', 120, 280)
    await touch('touchMove', 90, 310)
    await touch('touchEnd')
    await expect.poll(picture).not.toBe(whole)
    const zoomed = await picture()
    await touch('touchStart', 250)
    await touch('touchMove', 200)
    await touch('touchMove', 150)
    await touch('touchEnd')
    await expect.poll(picture).not.toBe(zoomed)

    await page.getByRole('button', { name: 'Whole run' }).click()
    await expect.poll(picture).toBe(whole)
    const { dots } = await frameOf(page, jar)
    const last = dots.filter(({ shape }) => shape === 'diamond').at(-1)
    await lanes.tap({ position: { x: last?.x ?? 0, y: last?.y ?? 0 } })
    await page.getByText(`Call ${last?.call.n} ·`).waitFor()
  })

  it('filters table and lanes by outcome, user, phase and path', async () => {
    await using report = await open('jar')
    const { page } = report
    const shown = page.locator('#shown')

    await page.getByRole('button', { name: /someone else’s/ }).click()
    await expect.poll(() => shown.innerText()).toBe('14 of 400 calls')
    await expect.poll(() => page.locator('.rows .row').count()).toBe(14)
    await page.getByRole('combobox', { name: 'User' }).selectOption('bob')
    await page.getByRole('combobox', { name: 'Phase' }).selectOption('steady')
    const wanted = jar.calls.filter(
      ({ outcome, phase, user, owner }) =>
        outcome === 'foreign' && phase === 'steady' && (user === 'bob' || owner === 'bob'),
    )
    await expect.poll(() => shown.innerText()).toBe(`${wanted.length} of 400 calls`)
    await page.getByRole('searchbox', { name: 'Path' }).fill('nothing like it')
    await page.getByText('No call is like that.').waitFor()
    await page.getByRole('searchbox', { name: 'Path' }).fill('/USER')
    await expect.poll(() => page.locator('.rows .row').count()).toBe(wanted.length)
    await look(page, 'filtered')
  })

  it('shows what a replay found to be different, and mended, beside what was recorded', async () => {
    await using report = await open('replay')
    const { page } = report
    const articles = page.getByRole('article')

    await page.getByRole('button', { name: /not as recorded 3/ }).click()
    await expect.poll(() => page.locator('#shown').innerText()).toBe('3 of 11 calls')
    await page.locator('.rows .row').first().click()
    await page.getByRole('heading', { name: 'alice got another answer than was' }).waitFor()
    expect(await page.locator('.differences li').allInnerTexts()).toEqual([
      'status 200 → 500',
      'content type application/json → text/html',
    ])
    expect(await articles.nth(0).innerText()).toMatch(/when it was recorded[\s\S]*"orders"/)
    expect(await articles.nth(1).innerText()).toMatch(/What alice received[\s\S]*"boom"/)
    await look(page, 'different')

    await page.getByRole('button', { name: /not as recorded 3/ }).click()
    await page.getByRole('button', { name: /wrong then, right now 2/ }).click()
    await page.locator('.rows .row').first().click()
    await page.getByRole('heading', { name: 'alice got bob’s answer when it was rec' }).waitFor()
    expect(await articles.nth(0).locator('mark').allInnerTexts()).toContain('bob')
    expect(await articles.nth(1).locator('mark').count()).toBe(0)
    await look(page, 'mended')
    expect(await page.evaluate(IS_CUT('.rows .row .outcome'))).toBe(false)
  })

  it('lets no line of the script for curl go out of sight', async () => {
    await using report = await open('jar', { viewport: { width: 390, height: 844 } })

    expect(await report.page.evaluate(IS_CUT('.script pre'))).toBe(false)
  })

  it('lets nothing that a service answered act', async () => {
    await using report = await open('hostile')
    const { page } = report

    for (const row of await page.locator('.rows .row').all()) await row.click()
    for (const details of await page.locator('summary').all()) await details.click()

    expect(await page.evaluate('window.hit')).toBeUndefined()
    expect(await page.locator('main').count()).toBe(1)
    expect(await page.locator('img, iframe, base, a[href]').count()).toBe(0)
    expect(report.requests).toEqual([])
    expect(report.complaints).toEqual([])
  })

  it('scrolls ten thousand rows smoothly, with few of them in the page', async () => {
    for (const name of ['clean', 'huge']) {
      await using report = await open(name)
      const { page } = report
      await page.locator('#calls').scrollIntoViewIfNeeded()

      const scroll = await page.evaluate<Scroll>(SCROLL)

      expect(scroll.steps).toBe(60)
      expect(scroll.blank).toBe(0)
      expect(scroll.mostNodes).toBeLessThan(2500)
      const told = { median: median(scroll.frames), longest: scroll.longest }
      console.log(`scrolling ${name}: ${JSON.stringify(told)}`)
      // 100 ms and a second, on a machine that draws at its usual speed.
      expect(told.median).toBeLessThan(LONG ? 100 : 300)
      expect(told.longest).toBeLessThan(patience(1000))
    }
  })

  it('prints the sentence, the steps and the foreign answers, in light colours, and no controls', async () => {
    await using report = await open('jar', { viewport: { width: 760, height: 1000 } })
    const { page } = report

    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })

    await page.screenshot({ path: join(SCREENSHOTS, 'report-print.png'), fullPage: true })
    for (const seen of ['h1', '.steps', '.script pre', FOREIGN]) {
      expect(await page.locator(seen).isVisible(), seen).toBe(true)
    }
    expect(await page.locator(`${FOREIGN} tbody tr`).count()).toBe(14)
    for (const control of await page.locator('button, select, input, canvas').all()) {
      expect(await control.isVisible()).toBe(false)
    }
    const colours = 'getComputedStyle(document.documentElement).backgroundColor'
    expect(await page.evaluate(colours)).toBe('rgb(255, 255, 255)')
    const pdf = (await page.pdf({ format: 'A4' })).toString('latin1')
    expect(pdf.match(/\/Type\s*\/Page\b/g)?.length).toBeLessThanOrEqual(3)
  })

  it('says the sentence, the steps and the foreign answers where scripts do not run', async () => {
    await using report = await open('jar', { javaScriptEnabled: false })
    const { page } = report

    for (const seen of ['h1', '.steps', '.script pre', FOREIGN]) {
      expect(await page.locator(seen).isVisible(), seen).toBe(true)
    }
    expect(await page.locator('canvas, .filters').first().isVisible()).toBe(false)
  })

  it('puts the script for curl into the clipboard', async () => {
    await using report = await open('jar', { permissions: ['clipboard-read', 'clipboard-write'] })
    const { page } = report

    await page.getByRole('button', { name: 'Copy' }).click()

    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const text = await page.evaluate('navigator.clipboard.readText()')
    expect(text).toBe(jar.verdict.history?.curl)
  })
})

interface Scroll {
  readonly steps: number
  /** Steps at which a frame was drawn without rows where they belong. */
  readonly blank: number
  readonly mostNodes: number
  /** ms each. */
  readonly frames: readonly number[]
  /** The longest task, ms; 0 when none was long. */
  readonly longest: number
}

/** Whether the first of them holds more than is seen of it. */
const IS_CUT = (selector: string) =>
  `((one) => one.scrollWidth > one.clientWidth)(document.querySelector('${selector}'))`

const PICTURE = 'document.querySelector(".lanes").toDataURL()'

/** From the top to the bottom in 60 steps, and what that cost. */
const SCROLL = `(async () => {
  const table = document.querySelector('#calls')
  const tasks = []
  const watch = new PerformanceObserver((list) => tasks.push(...list.getEntries()))
  watch.observe({ type: 'longtask' })
  const frame = () => new Promise((done) => requestAnimationFrame(done))
  const frames = []
  let [steps, blank, mostNodes] = [0, 0, 0]
  let before = await frame()
  for (; steps < 60; steps++) {
    table.scrollTop = (table.scrollHeight * (steps + 1)) / 60
    await frame()
    const after = await frame()
    frames.push((after - before) / 2)
    before = after
    const { top, height, left } = table.getBoundingClientRect()
    const there = document.elementFromPoint(left + 60, top + height / 2)
    if (!there?.closest('.rows .row')) blank++
    mostNodes = Math.max(mostNodes, document.querySelectorAll('*').length)
  }
  watch.disconnect()
  const longest = Math.max(0, ...tasks.map(({ duration }) => duration))
  return { steps, blank, mostNodes, frames, longest }
})()`

/** What the page draws, computed as it does. */
async function frameOf(page: Page, run: Run): Promise<Frame> {
  const width = await page.evaluate<number>('document.querySelector(".lanes").clientWidth')
  const ready = readyLanes(run)
  return layOut(ready, ready.whole, measure(ready.users.length, width))
}

/** An arrow with a place on its way where nothing else is. */
function clickable(frame: Frame): { readonly call: RunCall; readonly at: Point } {
  for (const arrow of frame.arrows.slice(1)) {
    for (const t of [0.4, 0.5, 0.6]) {
      const at = pointOn(curveOf(arrow), t)
      const found = hit(frame, at, 9)
      if (
        found?.call === arrow.call &&
        Math.hypot(found.at.x - arrow.to.x, found.at.y - arrow.to.y) > 12
      )
        return { call: arrow.call, at }
    }
  }
  throw new Error('every arrow is hidden')
}

function focusedRow(page: Page): Promise<string | null> {
  return page.evaluate('document.activeElement.getAttribute("aria-rowindex")')
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}
