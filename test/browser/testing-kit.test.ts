// The kit’s fixtures for Playwright give each test pages that are signed in.
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { playwrightFixtures } from '../../src/testing/testing.ts'
import { launchChromium } from '../support/demo-page.ts'

describe('fixtures for Playwright', () => {
  it('give each test pages that are signed in', async () => {
    const browser = await launchChromium()
    const { gateway: open, alice } = playwrightFixtures<'alice', Page>(['alice'])
    const seen: unknown[] = []

    // As Playwright's runner calls them.
    await open[0]({}, (gateway) =>
      alice({ browser, gateway }, async (page) => {
        const answer = await page.goto('/api/user')
        seen.push(await answer?.json())
      }),
    )
    await browser.close()

    expect(seen).toMatchObject([{ username: 'alice' }])
  })
})
