// As much of Playwright's own runner as an example of the docs needs, run by vitest: fixtures of one gateway, and pages.
import type { Page } from 'playwright-core'
import { it } from 'vitest'
import type { PageFixtures, TestGateway } from '../../src/testing/testing.ts'
import { launchChromium } from './demo-page.ts'

export { expect } from 'vitest'

type Pages = Readonly<Record<string, Page>>

export const test = {
  extend:
    ({ gateway: [openGateway], ...people }: PageFixtures<string, Page>) =>
    (name: string, body: (pages: Pages) => Promise<void>) =>
      it(name, async () => {
        const browser = await launchChromium()
        const withPages = (gateway: TestGateway) =>
          Object.entries(people).reduce<(pages: Pages) => Promise<void>>(
            (next, [person, fixture]) =>
              (pages) =>
                fixture({ browser, gateway }, (page) => next({ ...pages, [person]: page })),
            body,
          )
        try {
          await openGateway({}, (gateway) => withPages(gateway)({}))
        } finally {
          await browser.close()
        }
      }),
}
