import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../src/cli/free-port.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { openDemoUpstream } from '../../src/qa/demo-upstream.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { send } from '../support/http.ts'

const TOKEN = 'token-of-the-bench'

/** A directory with a configuration, and an upstream for it. */
async function setUp({ qa = true, token = false } = {}) {
  const upstream = await openDemoUpstream({ clock: systemClock, random: systemRandom })
  const port = (await freePort(0)) ?? 0
  const config = (on: boolean) => `
listen: { port: ${port} }
operators: false
store: { kind: memory }
upstream: ${upstream.url}
${
  on
    ? `qa:
  personas:
    alice: { password: coatcheck-demo }
    bob: { password: wrong }
${token ? `  token: ${TOKEN}` : ''}`
    : ''
}
`
  const folder = await openFolder({ 'coatcheck.yaml': config(qa), 'off.yaml': config(false) })
  const options = { cwd: folder.path }
  return {
    cwd: folder.path,
    port,
    session: (...args: string[]) => runCommand(['qa', 'session', ...args], options),
    open: (...args: string[]) => runCommand(['qa', 'open', ...args], options),
    serve: (...args: string[]) => startCommand(['serve', ...args], options),
    async [Symbol.asyncDispose]() {
      await upstream.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

describe('coatcheck qa session', () => {
  it('prints a line for curl that is answered as the persona', async () => {
    await using it = await setUp({ token: true })
    await using _ = await it.serve()

    const made = await it.session('alice')
    const [, cookie = ''] = /--cookie '([^']+)'/.exec(made.stdout) ?? []
    const answer = await send(it.port, '/api/user', {
      host: `localhost:${it.port}`,
      headers: { cookie, 'x-csrf': '1' },
    })

    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(answer.json().username).toBe('alice')
  })

  it('writes files that only their owner can read, in the state that was asked for', async () => {
    await using it = await setUp()
    await using _ = await it.serve()

    const flags = ['--storage-state', 'alice.json', '--cookie-jar', 'alice.jar']
    const made = await it.session('alice', '--state', 'idle', '--host', 'app.test', ...flags)
    const [state, jar] = await Promise.all(
      ['alice.json', 'alice.jar'].map((name) => readFile(join(it.cwd, name), 'utf8')),
    )
    const [cookie] = JSON.parse(state ?? '').cookies
    const answer = await send(it.port, '/api/user', {
      host: `localhost:${it.port}`,
      headers: { cookie: `${cookie.name}=${cookie.value}` },
    })

    expect(made.stdout).toMatch(
      /^alice \w{10}, idle: alice\.json\nalice \w{10}, idle: alice\.jar\n$/,
    )
    expect(cookie.domain).toBe('app.test')
    expect(jar).toContain(`#HttpOnly_app.test\tFALSE\t/`)
    expect(answer.headers['coatcheck-problem']).toBe('session_idle')
    expect((await stat(join(it.cwd, 'alice.json'))).mode & 0o777).toBe(0o600)
  })

  it('says in one sentence what is wrong', async () => {
    await using it = await setUp()
    const down = await it.session('alice')
    const off = await it.session('alice', '--config', 'off.yaml')
    {
      await using _ = await it.serve()
      expect(await it.session('alcie')).toMatchObject({
        code: 1,
        stderr: 'No persona is called "alcie" (did you mean alice).\n',
      })
      expect((await it.session('bob')).stderr).toBe(
        'bob cannot sign in at main: Username or password is wrong.\n',
      )
      expect((await it.session('alice', '--state', 'idel')).stderr).toContain('did you mean idle')
    }
    await using _ = await it.serve('--config', 'off.yaml')
    const without = await it.session('alice')

    expect(down).toMatchObject({
      code: 1,
      stderr: `No gateway at http://127.0.0.1:${it.port} (nobody listens there): start it with "coatcheck serve" and this configuration.\n`,
    })
    expect(off).toMatchObject({ code: 2, stderr: expect.stringContaining('qa is off') })
    expect(without.stderr).toBe(
      `The gateway at http://127.0.0.1:${it.port} runs without qa: start it again with this configuration.\n`,
    )
  })
})

describe('coatcheck qa open', () => {
  it('says in one sentence what is wrong, before any window', async () => {
    await using it = await setUp()

    expect(await it.open('alcie')).toMatchObject({
      code: 2,
      stderr: 'No persona is called "alcie" (did you mean alice): there are alice, bob.\n',
    })
    expect((await it.open('alice', '--target', 'test.example')).stderr).toContain(
      '--target takes an http(s) address',
    )
    expect((await it.open('alice', '--config', 'off.yaml')).stderr).toContain('qa is off')
  })
})
