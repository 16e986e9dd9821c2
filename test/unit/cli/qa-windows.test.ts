import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import type { BrowserContext } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { openWindows } from '../../../src/cli/qa-windows.ts'

/** A browser whose windows refuse whatever they are asked, but to be closed; `stuck` ones refuse that too. */
function setUp({ launching = Promise.resolve() }: { launching?: Promise<void> } = {}) {
  const name = randomUUID()
  const closed: number[] = []
  let launched = 0
  const refuse = async () => {
    throw new Error('the browser says no')
  }
  const launchPersistentContext = async (): Promise<BrowserContext> => {
    const nth = launched++
    await launching
    const page = { evaluate: refuse }
    const context = Object.assign(new EventEmitter(), {
      pages: () => [page],
      newCDPSession: refuse,
      async close() {
        closed.push(nth)
        if (nth === 0) await refuse()
      },
    })
    return context as unknown as BrowserContext
  }
  const playwright = { chromium: { launchPersistentContext } } as unknown as Parameters<
    typeof openWindows
  >[0]
  const options = { executablePath: '/none', headless: true, sandbox: false }
  const profiles = async () => (await readdir(tmpdir())).filter((one) => one.includes(name))
  return { name, closed, profiles, windows: openWindows(playwright, options) }
}

describe('the windows of several people', () => {
  it('stay where they are if the browser lets nobody place them', async () => {
    const { name, windows } = setUp()
    await windows.open(name)

    await expect(windows.tile()).resolves.toBeUndefined()
    await windows.close()
  })

  it('are all closed, and no profile is left, though one of them fails to', async () => {
    const { name, windows, closed, profiles } = setUp()
    await windows.open(name)
    await windows.open(name)
    expect(await profiles()).toHaveLength(2)

    await windows.close()

    expect([closed, await profiles()]).toEqual([[0, 1], []])
  })

  it('leave no profile where they are told to close while one is opening', async () => {
    const { promise: launching, resolve } = Promise.withResolvers<void>()
    const { name, windows, closed, profiles } = setUp({ launching })
    const opening = windows.open(name)

    const closing = windows.close()
    resolve()
    await Promise.all([opening, closing])

    expect([closed, await profiles()]).toEqual([[0], []])
    await expect(windows.open(name)).rejects.toThrow('being closed')
  })
})
