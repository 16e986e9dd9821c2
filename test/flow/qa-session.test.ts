// `coatcheck qa session` and `qa open`: what they print and write, and what they say where it will not do.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { openGateway } from '../../src/gateway.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { openDemoUpstream } from '../../src/qa/demo-upstream.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { send } from '../support/http.ts'
import { runIn } from '../support/program.ts'
import { startUpstream } from '../support/upstream.ts'

// Some start the command, which takes its time where the machine is busy.
vi.setConfig({ testTimeout: 60_000 })

const TOKEN = 'token-of-the-bench'

/** A directory with a configuration, another without, and an upstream. */
async function setUp({ qa = true, token = false } = {}) {
  const upstream = await openDemoUpstream({ clock: systemClock, random: systemRandom })
  const port = await freePort()
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
  const folder = await openFolder({
    'coatcheck.yaml': config(qa),
    'off.yaml': config(false),
    'elsewhere/note': '',
  })
  const { path: cwd } = folder
  return {
    cwd,
    port,
    url: `http://localhost:${port}`,
    session: (...args: string[]) => runIn({ cwd }, 'qa', 'session', ...args),
    open: (...args: string[]) => runIn({ cwd }, 'qa', 'open', ...args),
    /** Where there is no configuration. */
    elsewhere: (args: readonly string[], env = {}) =>
      runIn({ cwd: join(cwd, 'elsewhere'), env }, 'qa', ...args),
    async gateway(file = 'coatcheck.yaml') {
      const env = { COATCHECK__LOG__LEVEL: 'silent' }
      const random = systemRandom
      const loaded = await loadConfig({ env, cwd, configPath: file, random, createKeys: false })
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
      const gateway = await openGateway({ config: loaded.config })
      return { [Symbol.asyncDispose]: () => gateway.close() }
    },
    async [Symbol.asyncDispose]() {
      await upstream.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

describe('coatcheck qa session', () => {
  it('prints a line for curl that is answered as the persona', async () => {
    await using it = await setUp({ token: true })
    await using _ = await startCommand(['serve'], it)

    const made = await runCommand(['qa', 'session', 'alice'], it)
    const [, cookie = ''] = /--cookie '([^']+)'/.exec(made.stdout) ?? []
    const answer = await send(it.port, '/api/user', {
      host: `localhost:${it.port}`,
      headers: { cookie, 'x-csrf': '1' },
    })

    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(answer.json().username).toBe('alice')
  })

  it('prints a line for curl that shows the state it was put into', async () => {
    await using it = await setUp()
    await using _ = await it.gateway()

    const { stdout } = await it.session('alice', '--state', 'refresh-expired')
    const [, cookie = '', path = ''] = /--cookie '([^']+)'.* http:\/\/[^/]+(\S+)/.exec(stdout) ?? []
    const options = { host: `localhost:${it.port}`, headers: { cookie, 'x-csrf': '1' } }
    const answer = await send(it.port, path, options)

    expect(answer.headers['coatcheck-problem']).toBe('session_ended')
  })

  it('writes files that only their owner can read, in the state that was asked for', async () => {
    await using it = await setUp()
    await using _ = await it.gateway()
    await writeFile(join(it.cwd, 'alice.json'), 'of yesterday', { mode: 0o644 })

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
      await using _ = await it.gateway()
      expect(await it.session('alcie')).toMatchObject({
        code: 2,
        stderr: 'No persona is called "alcie" (did you mean alice).\n',
      })
      expect(await it.session('alice', '--cookie-jar', 'none/alice.jar')).toMatchObject({
        stderr: 'none/alice.jar cannot be written: the folder none does not exist.\n',
      })
      expect(await it.session('bob')).toMatchObject({
        code: 1,
        stderr: 'bob cannot sign in at main: Username or password is wrong.\n',
      })
      expect(await it.session('alice', '--state', 'idel')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('did you mean idle'),
      })
      expect(await it.session('alice', '--cookie-jar', 'none/a.jar')).toMatchObject({ code: 1 })
    }
    await using _ = await it.gateway('off.yaml')
    const without = await it.session('alice')

    expect(down).toMatchObject({
      code: 1,
      stderr: `No gateway at http://127.0.0.1:${it.port} (nobody listens there): start it with "coatcheck serve" and this configuration, or say with --url or --port where it is.\n`,
    })
    expect(off).toMatchObject({ code: 2, stderr: expect.stringContaining('qa is off') })
    expect(without.stderr).toBe(
      `The gateway at http://127.0.0.1:${it.port} runs without qa: start it again with this configuration.\n`,
    )
  })
})

describe('a gateway that is named by its address', () => {
  it.each([
    ['--url', ({ url }: { url: string }) => url],
    ['--port', ({ port }: { port: number }) => String(port)],
  ] as const)('is asked without a configuration, by %s', async (flag, value) => {
    await using it = await setUp()
    await using _ = await it.gateway()

    const made = await it.elsewhere([
      'session',
      'alice',
      '--state',
      'idle',
      flag,
      value(it),
      '--json',
    ])

    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(made.stdout)).toMatchObject({ origin: it.url, session: { put: 'idle' } })
  })

  it('takes its token from a variable, and from nowhere else', async () => {
    await using it = await setUp({ token: true })
    await using _ = await it.gateway()
    const args = ['session', 'alice', '--url', it.url]

    const without = await it.elsewhere(args)
    const wrong = await it.elsewhere(args, { COATCHECK_QA_TOKEN: 'another-token-of-it' })
    const right = await it.elsewhere(args, { COATCHECK_QA_TOKEN: TOKEN })
    const flag = await it.elsewhere([...args, '--token', TOKEN])

    const why = `The gateway at ${it.url} has another qa.token: set COATCHECK_QA_TOKEN to it.\n`
    expect([without.stderr, wrong.stderr]).toEqual([why, why])
    expect(right).toMatchObject({ code: 0, stderr: '' })
    expect(flag).toMatchObject({ code: 2, stderr: expect.stringContaining("'--token'") })
  })

  it('tells whom it knows to whoever mistypes a persona', async () => {
    await using it = await setUp()
    await using _ = await it.gateway()

    const session = await it.elsewhere(['session', 'alcie', '--url', it.url])
    const open = await it.elsewhere(['open', 'alice', 'alcie', '--url', it.url])

    expect(session.stderr).toBe('No persona is called "alcie" (did you mean alice).\n')
    expect(open).toMatchObject({
      code: 2,
      stderr: 'No persona is called "alcie" (did you mean alice): there are alice, bob.\n',
    })
  })

  it('that is not there, or is meant otherwise, is said in one sentence', async () => {
    await using it = await setUp()
    const port = String(it.port)
    const absent = (await it.elsewhere(['session', 'alice', '--port', port])).stderr
    const words = (await it.elsewhere(['session', 'alice', '--url', 'here'])).stderr
    const number = (await it.elsewhere(['open', 'alice', '--port', '70000'])).stderr
    const target = ['--target', it.url, '--url', it.url]
    const passwords = (await it.elsewhere(['open', 'alice', ...target])).stderr
    await using _ = await it.gateway()
    const name = (await it.elsewhere(['open', 'alice', '--url', `http://127.0.0.1:${port}`])).stderr

    expect(absent).toBe(
      `No gateway at ${it.url} (nobody listens there): start it, or say with --url or --port where it is.\n`,
    )
    expect(words).toBe(
      '--url takes an http(s) address without a user or a path, such as http://localhost:3000.\n',
    )
    expect(number).toBe('--port takes a whole number from 1 to 65535.\n')
    expect(passwords).toContain('the passwords of a configuration')
    expect(name).toBe(
      `What runs at http://127.0.0.1:${port} serves another origin: give --url what browsers open (Open ${it.url} instead).\n`,
    )
  })
})

describe('a foreign service at --url', () => {
  it.each(['null', '[]', '{}', '{"personas":[{}]}', '{"session":{"ref":1},"curl":"x"}', 'Hello'])(
    'that answers %s is said to be no gateway',
    async (body) => {
      await using it = await setUp()
      await using service = await startUpstream()
      for (const path of ['/qa/sessions', '/qa/state']) {
        service.on(path, (_request, response) => response.end(body))
      }

      const flags = ['alice', '--url', service.url]
      const [session, open] = [
        await it.elsewhere(['session', ...flags]),
        await it.elsewhere(['open', ...flags]),
      ]

      for (const said of [session, open]) {
        expect(said).toMatchObject({ code: 1, stdout: '' })
        expect(said.stderr).toMatch(
          /^What answers at .* is no Coatcheck gateway with qa \(.*JSON\)\.\n$/,
        )
      }
    },
  )
})

describe('coatcheck qa open', () => {
  it('says what to use where there is no display', async () => {
    await using it = await setUp()
    await using folder = await openFolder({ chromium: '' })
    const browser = join(folder.path, 'chromium')

    const shown = await it.open('alice', '--browser', browser)

    expect(shown).toMatchObject({ code: 1, stderr: expect.stringContaining('use --headless, or') })
    expect(shown.stderr.split('\n')).toHaveLength(2)
  })

  it('says which browser does not start, and names no more than that', async () => {
    await using it = await setUp()
    await using _ = await it.gateway()

    expect(await it.open('alice', '--browser', '/bin/false', '--headless')).toMatchObject({
      code: 1,
      stderr: '/bin/false could not be started (it ended at once): name another with --browser.\n',
    })
  })

  it('says in one sentence what is wrong, before any window', async () => {
    await using it = await setUp()

    expect(await it.open('alcie')).toMatchObject({
      code: 2,
      stderr: 'No persona is called "alcie" (did you mean alice): there are alice, bob.\n',
    })
    for (const target of ['test.example', 'https://test.example/app', 'https://a@test.example']) {
      expect((await it.open('alice', '--target', target)).stderr).toContain(
        '--target takes an http(s) address without a user or a path',
      )
    }
    expect((await it.open('alice', '--config', 'off.yaml')).stderr).toContain('qa is off')
  })
})
