import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { demoPassword, personas } from '../../src/qa/personas.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { send } from '../support/http.ts'
import { startRedis } from '../support/redis.ts'

const ANY = ['demo', '--port', '0']

describe('coatcheck demo', { timeout: 120_000 }, () => {
  it('signs its four people in, and shows whose calls the upstream saw', async () => {
    await using dir = await openFolder()
    await using demo = await startCommand(ANY, { cwd: dir.path })

    for (const { username, name } of personas) {
      const person = await demo.signIn(username, demoPassword)
      expect((await person.get('/api/user')).json()).toMatchObject({ username, name })
    }

    const seen = (await demo.send('/demo/seen')).json()
    expect(seen[0]).toMatchObject({
      method: 'GET',
      path: '/user',
      owner: 'dave',
      token: expect.stringMatching(/^.{4}$/),
      cookie: false,
      status: 200,
    })
  })

  it('prints where to open it for two people side by side', async () => {
    await using dir = await openFolder()
    await using demo = await startCommand(ANY, { cwd: dir.path })

    for (const host of ['localhost', 'alice.localhost', 'bob.localhost']) {
      const address = `http://${host}:${demo.port}`
      await expect.poll(() => demo.stdout).toContain(address)
      const page = await send(demo.port, '/', { host: `${host}:${demo.port}` })
      expect(page.headers['content-type']).toContain('text/html')
    }
    expect(demo.stdout).not.toContain('\u001b')
  })

  it('serves a page that needs nothing from elsewhere and nothing inline', async () => {
    await using dir = await openFolder()
    await using demo = await startCommand(ANY, { cwd: dir.path })

    const page = await demo.send('/')

    expect(page.text).not.toMatch(
      /<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|(?:src|href)="(?:\w+:|\/\/)/,
    )
    const files = Array.from(page.text.matchAll(/(?:src|href)="([^"]+)"/g), ([, file]) => file)
    expect(files.join()).toMatch(/\.js\b.*\.css\b|\.css\b.*\.js\b/)
    for (const file of files) {
      const { pathname } = new URL(String(file), 'http://localhost/')
      expect((await demo.send(pathname)).status, pathname).toBe(200)
    }
  })

  it('keeps people signed in across a restart, upstream included', async () => {
    await using dir = await openFolder()
    let cookie: string
    let port: number
    {
      await using demo = await startCommand(ANY, { cwd: dir.path })
      port = demo.port
      cookie = (await demo.signIn('alice', demoPassword)).cookie
      demo.kill('SIGTERM')
      expect(await demo.ended).toMatchObject({ code: 0 })
    }

    await using demo = await startCommand(['demo', '--port', String(port)], { cwd: dir.path })
    const answer = await demo.send('/api/user', { cookie })

    expect(demo.stdout).toContain('1 live, kept across restarts')
    expect(answer.json()).toMatchObject({ username: 'alice' })
  })

  it('keeps its people apart in two processes that share a Redis', async () => {
    await using dir = await openFolder()
    await using redis = await startRedis()
    const flags = ['--redis', redis.url, '--workers', '2']
    await using demo = await startCommand([...ANY, ...flags], { cwd: dir.path })
    await expect.poll(() => demo.stdout).toContain('with 2 workers')
    const people = await Promise.all(
      personas.map(async ({ username }) => ({
        username,
        person: await demo.signIn(username, demoPassword),
      })),
    )

    const calls = Array.from({ length: 10 }, () => people).flat()
    const answers = await Promise.all(calls.map(({ person }) => person.get('/api/user')))

    expect(answers.map((answer) => answer.json().username)).toEqual(
      calls.map(({ username }) => username),
    )
    expect(await redis.command('dbsize')).toBeGreaterThanOrEqual(personas.length)
    expect((await demo.send('/qa')).status).toBe(404)
  })

  it.each([
    ['--workers', 'many', '--workers takes a whole number from 1 to 99.'],
    ['--redis', 'http://localhost', '--redis: '],
  ])('says what is wrong with %s %s', async (flag, value, words) => {
    await using dir = await openFolder()

    const { code, stderr } = await runCommand([...ANY, flag, value], { cwd: dir.path })

    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })

  it('keeps its keys and its database from other users of the machine', async () => {
    await using dir = await openFolder()
    await using demo = await startCommand(ANY, { cwd: dir.path })
    await demo.signIn('alice', demoPassword)

    const files = await readdir(join(dir.path, 'data'))

    expect(files).toEqual(
      expect.arrayContaining(['coatcheck.keys', 'demo-upstream.key', 'demo.db']),
    )
    for (const file of files) {
      const { mode } = await stat(join(dir.path, 'data', file))
      expect(mode & 0o077, file).toBe(0)
    }
  })

  it('is for this machine alone, whatever the environment says', async () => {
    await using dir = await openFolder()
    const env = {
      PORT: '1',
      DYNO: 'web.1',
      COATCHECK_UPSTREAM: 'http://192.0.2.1',
      REDIS_URL: 'redis://x',
    }
    await using demo = await startCommand(ANY, { cwd: dir.path, env })

    await demo.signIn('alice', demoPassword)
    const others = Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4'),
    )
    for (const { address } of others) {
      await expect(fetch(`http://${address}:${demo.port}/`)).rejects.toThrow('fetch failed')
    }
    expect(demo.stdout).toMatch(/open +http:\/\/localhost:/)
  })

  it('is refused in production, in one sentence', async () => {
    await using dir = await openFolder()

    const ended = await runCommand(['demo'], { cwd: dir.path, env: { NODE_ENV: 'production' } })

    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/^[^\n]*refused with NODE_ENV=production[^\n]*\n$/)
    expect(await readdir(dir.path)).toEqual([])
  })

  it.each(['127.0.0.1', '::1'])(
    'takes the next port where somebody on %s has the usual one, and says so',
    async (host) => {
      await using dir = await openFolder()
      const other = createServer().listen(3000, host)
      // Whoever has it already serves the purpose just as well; where there is no such address, nobody can.
      const error = await new Promise<NodeJS.ErrnoException | undefined>((done) => {
        other.once('listening', () => done(undefined)).once('error', done)
      })
      if (error?.code === 'EADDRNOTAVAIL' || error?.code === 'EAFNOSUPPORT') return
      try {
        await using demo = await startCommand(['demo'], { cwd: dir.path })

        expect(demo.port).toBeGreaterThan(3000)
        await expect
          .poll(() => demo.stdout)
          .toContain(`Port 3000 is taken, so this is ${demo.port}.`)
      } finally {
        other.close()
      }
    },
  )

  it('does not take another port than the one asked for', async () => {
    await using dir = await openFolder()
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    try {
      const ended = await runCommand(['demo', '--port', String(port)], { cwd: dir.path })

      expect(ended).toMatchObject({ code: 1, stdout: '' })
      expect(ended.stderr).toBe(
        `Port ${port} is in use: stop what listens there, or choose another with --port.\n`,
      )
    } finally {
      other.close()
    }
  })

  it('takes only a number for a port', async () => {
    await using dir = await openFolder()

    const ended = await runCommand(['demo', '--port', 'http'], { cwd: dir.path })

    expect(ended).toMatchObject({
      code: 2,
      stderr: '--port takes a whole number from 0 to 65535.\n',
    })
  })

  it('says which file is damaged', async () => {
    await using dir = await openFolder({ 'data/demo-upstream.key': 'short\n' })

    const ended = await runCommand(ANY, { cwd: dir.path })

    expect(ended).toMatchObject({
      code: 1,
      stderr: 'data/demo-upstream.key is damaged: delete it.\n',
    })
  })
})
