// The demo's sign-in by a link, as a visitor sees it.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startCommand } from '../support/command.ts'
import { accessProblems, launchChromium, openVisit } from '../support/demo-page.ts'
import { openFolder } from '../support/folder.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

it('waits for a slow check, and signs in the one whom the mail was for', async () => {
  await using dir = await openFolder()
  await using demo = await startCommand(['demo', '--port', '0'], { cwd: dir.path })
  await using visit = await openVisit(browser, demo.port)
  const page = await visit.open('bob')

  await page.getByRole('button', { name: 'Confirm by mail' }).click()
  await page.getByRole('link', { name: 'sign in with this link' }).click()
  await page.getByRole('heading', { name: /^Sign in to bob\.localhost/ }).waitFor()
  const problems = await accessProblems(page)
  await page.getByRole('button', { name: /^Sign in to/ }).click()
  // The demo's check is slow on purpose: that the page sits it out by itself is what is tested.
  await page.getByRole('heading', { name: 'One moment' }).waitFor()
  await page.getByRole('heading', { level: 1, name: 'You are Bob' }).waitFor({ timeout: 30_000 })

  expect(problems).toEqual([])
  expect(visit.complaints).toEqual([])
})
