// Browser windows side by side, one profile each, so that several people are signed in on one screen.
import { access, constants, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { type Tile, tiles } from '../qa/tiles.ts'

export interface WindowsOptions {
  readonly executablePath: string
  readonly headless: boolean
  /** Where there is no sandbox to be had: as root, in a container. */
  readonly sandbox: boolean
}

export interface PersonWindow {
  readonly name: string
  readonly context: BrowserContext
  readonly page: Page
}

export interface Windows {
  /** Opens one more. Rejects where the browser cannot be started, and after `close`. */
  open(name: string): Promise<PersonWindow>
  /** Puts them side by side, as far as the system lets anybody. */
  tile(): Promise<void>
  /** Resolves when people have closed them all. */
  readonly closed: Promise<void>
  /** Closes all, those that are just opening too, and deletes their profiles. Never rejects. */
  close(): Promise<void>
}

/** `undefined` where the package is not installed. */
export async function loadPlaywright() {
  try {
    return await import('playwright-core')
  } catch (error) {
    const absent =
      error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    if (absent) return undefined
    throw error
  }
}

/** Path of a Chromium on this machine; `undefined` when there is none. `path`: the variable PATH. */
export async function findChromium(path: string): Promise<string | undefined> {
  const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  for (const command of commands) {
    for (const folder of path.split(delimiter).filter((one) => one !== '')) {
      const file = join(folder, command)
      const usable = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (usable) return file
    }
  }
  return undefined
}

export function openWindows(
  { chromium }: typeof import('playwright-core'),
  { executablePath, headless, sandbox }: WindowsOptions,
): Windows {
  const windows: PersonWindow[] = []
  const profiles: string[] = []
  const contexts: BrowserContext[] = []
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const opening = new Set<Promise<unknown>>()
  let closing = false
  let open = 0

  async function openOne(name: string): Promise<PersonWindow> {
    const profile = await mkdtemp(join(tmpdir(), `coatcheck-${name}-`))
    profiles.push(profile)
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless,
      viewport: null,
      chromiumSandbox: sandbox,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    })
    contexts.push(context)
    open++
    context.on('close', () => {
      if (--open === 0) resolve()
    })
    const page = context.pages()[0] ?? (await context.newPage())
    const window = { name, context, page }
    windows.push(window)
    return window
  }

  return {
    closed,
    async open(name) {
      if (closing) throw new Error('The windows are being closed')
      const one = openOne(name)
      opening.add(one)
      try {
        return await one
      } finally {
        opening.delete(one)
      }
    },
    async tile() {
      const [first] = windows
      // Where a browser does not let itself be placed, its windows are where they are.
      const area = await first?.page.evaluate<Tile>(SCREEN).catch(() => undefined)
      if (!area) return
      for (const [index, tile] of tiles(windows.length, area).entries()) {
        const window = windows[index]
        if (window) await place(window, tile).catch(() => undefined)
      }
    },
    async close() {
      closing = true
      await Promise.allSettled(opening)
      await Promise.allSettled(contexts.map((context) => context.close()))
      // A browser that has gone may still be writing for a moment.
      const patiently = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }
      await Promise.allSettled(profiles.map((profile) => rm(profile, patiently)))
    },
  }
}

/** What of the screen windows may use, asked of a browser. */
const SCREEN =
  '({ left: screen.availLeft, top: screen.availTop, width: screen.availWidth, height: screen.availHeight })'

async function place({ context, page }: PersonWindow, bounds: Tile): Promise<void> {
  const cdp = await context.newCDPSession(page)
  const { windowId } = await cdp.send('Browser.getWindowForTarget')
  await cdp.send('Browser.setWindowBounds', { windowId, bounds: { ...bounds } })
  await cdp.detach()
}
