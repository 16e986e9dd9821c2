// Takes docs/images/two-people.png anew: `node test/browser/two-people.ts`. Two windows, Alice and Bob, of the demo as
// it runs.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { startCommand } from '../support/command.ts'
import { launchChromium, openVisit, signInAs, someSecondsOfToken } from '../support/demo-page.ts'
import { openFolder } from '../support/folder.ts'

const PICTURE = fileURLToPath(new URL('../../docs/images/two-people.png', import.meta.url))
const WINDOW = { width: 640, height: 740 }
const MOST_BYTES = 250 * 1024

/** A window around each screenshot: its address is what the picture is about. */
const FRAME = `<!doctype html><style>
  body { display: flex; gap: 20px; width: max-content; margin: 0; padding: 22px; background: #e9e1d4 }
  figure { overflow: hidden; margin: 0; border-radius: 12px; background: #ddd3c3;
    box-shadow: 0 0 0 1px #cabda8, 0 10px 26px rgb(60 45 20 / .22) }
  figcaption { display: flex; align-items: center; gap: 7px; height: 40px; padding: 0 14px }
  i { width: 11px; height: 11px; border-radius: 50%; background: #b8a98f }
  span { flex: 1; margin-left: 9px; padding: 4px 12px; border-radius: 7px; background: #faf7f2;
    color: #1f1b16; font: 14px/1.3 "Liberation Sans", Arial, sans-serif }
  img { display: block }
</style>`

await using dir = await openFolder()
await using demo = await startCommand(['demo'], { cwd: dir.path })
const browser = await launchChromium()
try {
  await using visit = await openVisit(browser, demo.port, { viewport: WINDOW })
  const [alice, bob] = [await visit.open('alice'), await visit.open('bob')]
  await signInAs(bob, 'Bob')
  await someSecondsOfToken(bob)
  await signInAs(alice, 'Alice')
  await alice.getByRole('button', { name: '20 requests at expiry' }).click()
  await alice.getByText('20 answers, 1 refresh').waitFor({ timeout: 60_000 })
  await alice.getByText('Renewed once').waitFor()
  for (const page of [alice, bob]) await page.getByText('× 20').waitFor()

  const picture = await framed(await visit.context.newPage(), [
    [`alice.localhost:${demo.port}`, await still(alice)],
    [`bob.localhost:${demo.port}`, await still(bob)],
  ])
  if (picture.length > MOST_BYTES) throw new Error(`${picture.length} bytes are too many`)
  await mkdir(dirname(PICTURE), { recursive: true })
  await writeFile(PICTURE, picture)
  console.log(`${PICTURE}: ${picture.length} bytes`)
} finally {
  await browser.close()
}

async function still(page: Page): Promise<Buffer> {
  await page.mouse.move(0, 0)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  return page.screenshot()
}

async function framed(
  page: Page,
  windows: ReadonlyArray<readonly [address: string, picture: Buffer]>,
): Promise<Buffer> {
  const figures = windows.map(
    ([address, picture]) =>
      `<figure><figcaption><i></i><i></i><i></i><span>${address}</span></figcaption>` +
      `<img src="data:image/png;base64,${picture.toString('base64')}"></figure>`,
  )
  await page.setViewportSize({ width: 2 * WINDOW.width + 64, height: WINDOW.height + 84 })
  await page.setContent(FRAME + figures.join(''))
  return page.screenshot()
}
