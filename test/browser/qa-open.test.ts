// Two people in two windows of a real browser, opened by the command as a tester types it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { openGateway } from '../../src/gateway.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { openDemoUpstream } from '../../src/qa/demo-upstream.ts'
import { openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const PAGE = `<!doctype html><title>A page</title><script>fetch('/api/user')</script>`

async function setUp() {
  const upstream = await openDemoUpstream({ clock: systemClock, random: systemRandom })
  const port = await freePort()
  const folder = await openFolder({
    'web/index.html': PAGE,
    'tmp/empty': '',
    'coatcheck.yaml': `
listen: { port: ${port} }
operators: false
store: { kind: memory }
log: { level: silent }
upstream: ${upstream.url}
static: { dir: web }
qa:
  personas:
    alice: { password: coatcheck-demo }
    bob: { password: coatcheck-demo }
    carol: { password: wrong }
`,
  })
  const loaded = await loadConfig({
    env: {},
    cwd: folder.path,
    configPath: `${folder.path}/coatcheck.yaml`,
    random: systemRandom,
    createKeys: false,
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const gateway = await openGateway({ config: loaded.config })
  /** Who asked the upstream for their own profile. */
  const asked = () =>
    new Set(
      upstream.control
        .seen()
        .filter(({ path, status }) => path === '/user' && status === 200)
        .map(({ owner }) => owner),
    )
  function openFrom(cwd: string, ...args: string[]) {
    const child = spawn(process.execPath, [MAIN, 'qa', 'open', ...args, '--headless'], {
      cwd: join(folder.path, cwd),
      env: { PATH: process.env.PATH, TMPDIR: `${folder.path}/tmp` },
    })
    return watched(child)
  }
  return {
    port,
    asked,
    profiles: async () =>
      (await readdir(`${folder.path}/tmp`)).filter((name) => name.startsWith('coatcheck-')),
    open: (...args: string[]) => openFrom('.', ...args),
    openFrom,
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await upstream.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function watched(child: ChildProcess) {
  const said = { out: '', err: '' }
  child.stdout?.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr?.on('data', (chunk) => {
    said.err += chunk
  })
  // What it said last may come after its end.
  const ended = once(child, 'close')
  return {
    said,
    /** Resolves when so many windows are open, rejects where it ends before. */
    async windows(count: number) {
      for (;;) {
        if (said.out.split('\n').length > count) return
        if (child.exitCode !== null) throw new Error(said.err)
        await Promise.race([once(child.stdout ?? child, 'data'), ended])
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
    ended: async () => {
      const [code] = await ended
      return code
    },
  }
}

describe('coatcheck qa open', () => {
  it('opens a window for each persona, signed in by a link that is good once', async () => {
    await using it = await setUp()
    {
      await using browser = it.open('alice', 'bob')
      await browser.windows(2)

      const windows = `alice  http://alice.localhost:${it.port}\nbob  http://bob.localhost:${it.port}\n`
      await expect
        .poll(() => browser.said.out, { timeout: 60_000 })
        .toBe(`${windows}Ctrl+C ends it.\n`)
      await expect.poll(() => it.asked(), { timeout: 60_000 }).toEqual(new Set(['alice', 'bob']))
    }
    expect(await it.profiles()).toEqual([])
  })

  it('needs no configuration where the gateway is named by its address', async () => {
    await using it = await setUp()
    await using browser = it.openFrom('tmp', 'bob', '--url', `http://localhost:${it.port}`)
    await browser.windows(1)

    expect(browser.said.out).toContain(`bob  http://bob.localhost:${it.port}\n`)
    await expect.poll(() => it.asked(), { timeout: 60_000 }).toEqual(new Set(['bob']))
  })

  it('signs them in at another deployment by its own sign-in', async () => {
    await using it = await setUp()
    await using browser = it.open('alice', 'bob', '--target', `http://localhost:${it.port}/`)
    await browser.windows(2)

    await expect.poll(() => it.asked(), { timeout: 60_000 }).toEqual(new Set(['alice', 'bob']))
  })

  it('says in the other side’s words that it was refused, and leaves no window', async () => {
    await using it = await setUp()
    await using browser = it.open('carol', '--target', `http://localhost:${it.port}`)

    expect(await browser.ended()).toBe(1)
    expect(browser.said.err).toBe(
      `carol cannot sign in at http://localhost:${it.port}/auth/login (401): Username or password is wrong.\n`,
    )
    expect(await it.profiles()).toEqual([])
  })
})
