// The example for Playwright of "In your own tests" runs as it is printed.
import { fileURLToPath } from 'node:url'
import { afterAll, describe } from 'vitest'
import { openExample } from '../support/docs-code.ts'

const runner = '@playwright/test'
const stand = {
  [runner]: fileURLToPath(new URL('../support/playwright-stand-in.ts', import.meta.url)),
}

// It brings a test of its own, which runs here.
const example = await openExample('In your own tests', runner, { stand })
await describe('docs/qa.md, the example for Playwright', () => import(example.file))
afterAll(() => example[Symbol.asyncDispose]())
