import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCommand, startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { send } from '../support/http.ts'
import { startUpstream } from '../support/upstream.ts'

/** A configuration on free ports, in a directory of its own. */
async function setUp(more = '') {
  const upstream = await startUpstream()
  const dir = await openFolder({ 'coatcheck.yaml': configFor(upstream.url, more) })
  return {
    upstream,
    dir,
    start: (options: { env?: Record<string, string>; node?: string[] } = {}) =>
      startCommand(['serve'], { cwd: dir.path, ...options }),
    run: (args: string[] = [], options: { env?: Record<string, string> } = {}) =>
      runCommand(['serve', ...args], { cwd: dir.path, ...options }),
    async [Symbol.asyncDispose]() {
      await dir[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

function configFor(upstream: string, more: string): string {
  const settings = new Map([
    ['publicOrigin', 'http://localhost:3000'],
    ['upstream', upstream],
    ['listen', '{ host: 127.0.0.1, port: 0 }'],
    ['operators', '{ port: 0 }'],
  ])
  for (const line of more.split('\n')) {
    const [key = '', ...value] = line.split(': ')
    if (key !== '') settings.set(key, value.join(': '))
  }
  return [...settings].map(([key, value]) => `${key}: ${value}\n`).join('')
}

async function occupied() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

describe('coatcheck serve', { timeout: 120_000 }, () => {
  it('says in 15 lines at most, without colours in a pipe, that it is ready', async () => {
    await using it = await setUp()
    await using gateway = await it.start()

    const lines = gateway.stdout.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(15)
    expect(gateway.stdout).not.toContain('\u001b')
    expect(lines[0]).toMatch(/^Coatcheck \d+\.\d+\.\d+ {3}ready in \d+\.\d s$/)
    expect(gateway.stdout).toMatch(/^ {2}sessions {2}sqlite data\/coatcheck\.db {5}0 live, kept/m)
    expect(gateway.stdout).toMatch(/operators http:\/\/127\.0\.0\.1:\d+$/m)
  })

  it('keeps people signed in across a restart, and counts them', async () => {
    await using it = await setUp()
    let cookie: string
    {
      await using gateway = await it.start()
      const ada = await gateway.signIn('ada')
      cookie = ada.cookie
      gateway.kill('SIGTERM')
      expect(await gateway.ended).toMatchObject({ code: 0, signal: null })
    }

    await using gateway = await it.start()
    const answer = await gateway.send('/api/anything', { cookie })

    expect(answer.json()).toMatchObject({ owner: 'ada' })
    expect(gateway.stdout).toContain('1 live, kept across restarts')
  })

  it('takes upstream, sign-in path and port from flags', async () => {
    await using upstream = await startUpstream()
    await using dir = await openFolder()
    const flags = ['serve', '--upstream', upstream.url, '--sign-in', '/login', '--port', '0']
    const env = {
      COATCHECK_PUBLIC_ORIGIN: 'http://localhost:3000',
      COATCHECK__OPERATORS__PORT: '0',
    }

    await using gateway = await startCommand(flags, { cwd: dir.path, env })

    expect(gateway.stdout).toContain(`→ main (${upstream.url}/login)`)
    await gateway.signIn('ada')
  })

  it('names every problem of its configuration and ends with 2', async () => {
    await using it = await setUp('sesion: 1\ntrustProxy: many')

    const ended = await it.run()

    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(/coatcheck\.yaml:\d+:\d+ .*did you mean session/)
    expect(ended.stderr).toMatch(/coatcheck\.yaml:\d+:\d+ trustProxy: /)
    expect(ended.stdout).toBe('')
  })

  describe('says in one sentence, and ends with 1, that', () => {
    const sentence = (text: string) => expect(text.trimEnd().split('\n')).toHaveLength(1)

    it('its port is in use', async () => {
      await using other = await occupied()
      await using it = await setUp()

      const ended = await it.run(['--port', String(other.port)])

      expect(ended.code).toBe(1)
      sentence(ended.stderr.replace(/^made a cookie key.*\n/, ''))
      expect(ended.stderr).toContain(
        `Port ${other.port} on 127.0.0.1 is in use: stop what listens there, or choose another with --port.`,
      )
    })

    it("the operators' port is in use", async () => {
      await using other = await occupied()
      await using it = await setUp(`operators: { port: ${other.port} }`)

      const ended = await it.run()

      expect(ended.code).toBe(1)
      expect(ended.stderr).toContain(`Port ${other.port} on 127.0.0.1 is in use`)
      expect(ended.stderr).toContain('operators.port')
    })

    it('its host is not of this machine', async () => {
      const host = '192.0.2.1'
      await using it = await setUp(
        `listen: { host: ${host}, port: 0 }\ncookie: { secret: ${'s'.repeat(32)} }\npublicOrigin: https://app.example.org`,
      )

      const ended = await it.run()

      expect(ended.code).toBe(1)
      sentence(ended.stderr)
      expect(ended.stderr).toContain(`listen.host ${host} is no address of this machine`)
    })

    it('its database is none', async () => {
      await using it = await setUp()
      await mkdir(join(it.dir.path, 'data'))
      await writeFile(
        join(it.dir.path, 'data/coatcheck.db'),
        'not a database, but long enough for one'.repeat(99),
      )

      const ended = await it.run()

      expect(ended.code).toBe(1)
      sentence(ended.stderr.replace(/^made a cookie key.*\n/, ''))
      expect(ended.stderr).toContain('is not a database')
    })

    it('something nobody expected went wrong', async () => {
      await using it = await setUp()
      const crash = "process.on('SIGUSR2', () => { throw new Error('first line\\nsecond') })"
      await using gateway = await it.start({ node: ['--import', `data:text/javascript,${crash}`] })

      gateway.kill('SIGUSR2')

      const { code, stderr } = await gateway.ended
      expect(code).toBe(1)
      expect(stderr).toMatch(/^coatcheck: first line\n$/m)
      expect(stderr).not.toContain('    at ')
    })

    it('a promise was left with its error; the stack where debug asks for it', async () => {
      await using it = await setUp('log: { level: debug }')
      const crash = "process.on('SIGUSR2', () => void Promise.reject(new Error('left alone')))"
      await using gateway = await it.start({ node: ['--import', `data:text/javascript,${crash}`] })

      gateway.kill('SIGUSR2')

      const { code, stderr } = await gateway.ended
      expect(code).toBe(1)
      expect(stderr).toMatch(/coatcheck: Error: left alone\n {4}at /)
    })
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'lets what is under way finish on %s, however often it comes',
    async (signal) => {
      await using it = await setUp()
      await using gateway = await it.start()
      const ada = await gateway.signIn('ada')
      const hold = it.upstream.hold({ path: '/slow' })
      const slow = ada.get('/api/slow')
      await hold.arrived()

      gateway.kill(signal)
      await expect
        .poll(() => send(gateway.port, '/').catch((error: NodeJS.ErrnoException) => error.code))
        .toBe('ECONNREFUSED')
      gateway.kill(signal)
      gateway.kill('SIGTERM')
      hold.release()

      const answer = await slow
      expect(answer.status).toBe(200)
      expect(answer.json()).toMatchObject({ owner: 'ada' })
      expect(await gateway.ended).toMatchObject({ code: 0, signal: null })
    },
  )
})

describe('coatcheck', { timeout: 120_000 }, () => {
  const options = { cwd: import.meta.dirname }

  it('asks what a misspelt command was meant to be, and ends with 2', async () => {
    const ended = await runCommand(['serv'], options)

    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain("unknown command 'serv'")
    expect(ended.stderr).toContain('Did you mean serve?')
  })

  it('asks what a misspelt flag was meant to be, and ends with 2', async () => {
    const ended = await runCommand(['serve', '--confg', 'x'], options)

    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('Did you mean --config?')
  })

  it('lists its commands, and prints its version', async () => {
    const help = await runCommand(['--help'], options)
    const version = await runCommand(['--version'], options)

    expect(help.code).toBe(0)
    for (const command of ['serve', 'demo', 'validate', 'routes', 'keygen']) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
    }
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })

  it.each(['v20.19.0', 'v22.19.0'])('says in one sentence that Node %s is too old', async (old) => {
    const pretend = `Object.defineProperty(process, 'version', { value: '${old}' })`

    const ended = await runCommand(['--version'], {
      ...options,
      node: ['--import', `data:text/javascript,${pretend}`],
    })

    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(
      /^Coatcheck needs Node 22\.20 or later and this is v2\d\.19\.0: .*\n$/,
    )
  })

  it('takes Node 22.20', async () => {
    const pretend = "Object.defineProperty(process, 'version', { value: 'v22.20.0' })"

    const ended = await runCommand(['--version'], {
      ...options,
      node: ['--import', `data:text/javascript,${pretend}`],
    })

    expect(ended).toMatchObject({ code: 0 })
  })
})
