import { readFileSync } from 'node:fs'
import { cp, readdir, rename, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningCommand, runCommand } from '../support/command.ts'
import { send } from '../support/http.ts'
import { isAlive, openWorkshop, operatorsOf, workersOf } from '../support/workers.ts'

const SLOW = { timeout: 90_000 }

// Each starts three processes and more; on a busy machine that takes its time.
const LONG = { timeout: 180_000 }

describe('serve with several workers', LONG, () => {
  const token = 'of-operators-alone'
  const bearer = { headers: { authorization: `Bearer ${token}` } }
  let workshop: Awaited<ReturnType<typeof openWorkshop>>
  let gateway: RunningCommand

  beforeAll(async () => {
    workshop = await openWorkshop()
    const env = { COATCHECK__WORKERS: '3', COATCHECK__OPERATORS__TOKEN: token }
    gateway = await workshop.start({ env })
  }, 180_000)

  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]()
    await workshop?.[Symbol.asyncDispose]()
  })

  it('says once that it is ready, has as many processes, and makes its key once', async () => {
    expect(gateway.stdout.match(/^Coatcheck /gm)).toHaveLength(1)
    expect(gateway.stdout).toMatch(/^Coatcheck \S+ {3}ready in \d+\.\d s with 3 workers$/m)
    expect(workersOf(gateway.pid)).toHaveLength(3)
    await expect
      .poll(() => gateway.stderr.trim().split('\n'))
      .toEqual([expect.stringContaining('made a cookie key')])
    expect(await readdir(join(workshop.path, 'data'))).toContain('coatcheck.keys')
  })

  it('hands no worker anything but what it was itself started with', () => {
    for (const pid of workersOf(gateway.pid)) {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      expect(words.slice(words.indexOf('worker'))).toEqual(['worker', ''])
    }
  })

  it('has one listener for operators, which adds up what all workers count, for its token', async () => {
    using operators = operatorsOf(gateway)
    const { cookie } = await gateway.signIn('grace')
    const headers = { cookie, 'sec-fetch-site': 'same-origin' }
    const asked = Array.from({ length: 10 }, () =>
      send(gateway.port, '/api/notes', { host: gateway.host, headers }),
    )
    await Promise.all(asked)

    expect((await operators.get('/metrics')).status).toBe(401)
    expect((await operators.get('/livez', bearer)).status).toBe(200)
    expect((await operators.get('/readyz', bearer)).json()).toEqual({ status: 'ready' })
    await expect.poll(() => operators.metric('answers_total', bearer)).toBe(10)
    await expect.poll(() => operators.metric('sign_ins_total', bearer)).toBe(1)
  })

  it('knows in every worker who signed in through one, and who signed out', async () => {
    const ada = await gateway.signIn('ada')
    // A connection each, so that the workers take turns.
    const asked = () =>
      Promise.all(
        Array.from({ length: 9 }, async () => {
          const headers = { cookie: ada.cookie, 'sec-fetch-site': 'same-origin' }
          const answer = await send(gateway.port, '/api/notes', { host: gateway.host, headers })
          return answer.status === 200 ? answer.json().owner : answer.status
        }),
      )

    expect(await asked()).toEqual(Array(9).fill('ada'))
    await ada.send('/auth/logout', { method: 'POST' })
    await expect.poll(asked).toEqual(Array(9).fill(401))
  })

  it('answers somebody who says at once that there is nothing more to come', async () => {
    const head = `GET /auth/session HTTP/1.1\r\nHost: ${gateway.host}\r\nConnection: close\r\n\r\n`
    const socket = connect(gateway.port, '127.0.0.1').end(head)

    const text = String(Buffer.concat(await socket.toArray()))

    expect(text).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(text).toContain('"authenticated":false')
  })
})

describe('a worker that ends', LONG, () => {
  it('replaces a worker that was killed; the others serve meanwhile, and no count goes down', async () => {
    await using it = await openWorkshop()
    await using gateway = await it.start()
    using operators = operatorsOf(gateway)
    const ada = await gateway.signIn('ada')
    const headers = { cookie: ada.cookie, 'sec-fetch-site': 'same-origin' }
    const get = () => send(gateway.port, '/api/notes', { host: gateway.host, headers })
    for (let i = 0; i < 4; i++) await get()
    await expect.poll(() => operators.metric('answers_total')).toBe(4)
    const [victim = 0, other = 0] = workersOf(gateway.pid)

    process.kill(victim, 'SIGKILL')
    await expect.poll(() => isAlive(victim)).toBe(false)
    const during = await Promise.all(Array.from({ length: 6 }, get))

    expect(during.map(({ status }) => status)).toEqual(Array(6).fill(200))
    await expect.poll(operators.ready, SLOW).toBe(200)
    expect(workersOf(gateway.pid)).toHaveLength(2)
    expect(workersOf(gateway.pid)).toContain(other)
    await expect.poll(() => operators.metric('answers_total')).toBe(10)
    // What a process wrote may arrive after what it answered.
    await expect.poll(() => gateway.stdout, SLOW).toContain('"worker_lost"')
  })

  it('hands a connection that a frozen worker did not take to another one, when that one dies', async () => {
    await using it = await openWorkshop()
    await using gateway = await it.start()
    const [frozen = 0] = workersOf(gateway.pid)
    process.kill(frozen, 'SIGSTOP')

    const answers = Array.from({ length: 4 }, () =>
      send(gateway.port, '/auth/session', { host: gateway.host }),
    )
    // All but the one that was handed to the frozen one.
    await expect.poll(() => settled(answers)).toBe(3)
    process.kill(frozen, 'SIGKILL')

    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses).toEqual([200, 200, 200, 200])
  })

  it('gives up with one sentence, and 1, where workers end again and again', async () => {
    await using it = await openWorkshop()
    await using gateway = await it.start()
    await rename(join(it.path, 'data'), join(it.path, 'away'))
    await cp(join(it.path, 'away/coatcheck.keys'), join(it.path, 'data/coatcheck.keys'))
    const file = join(it.path, 'data/coatcheck.db')
    await writeFile(file, 'not a database, but long enough for one'.repeat(99))

    for (const pid of workersOf(gateway.pid)) process.kill(pid, 'SIGKILL')

    const { code, stderr } = await gateway.ended
    expect(code).toBe(1)
    expect(stderr).toContain('is not a database')
    expect(stderr.match(/ended again and again/g)).toHaveLength(1)
  }, 180_000)
})

describe('serve with several workers does not start', LONG, () => {
  it('where no worker can, with one sentence', async () => {
    await using it = await openWorkshop('store: { kind: sqlite, path: there/x.db }')
    await writeFile(join(it.path, 'there'), '')

    const ended = await runCommand(['serve'], { cwd: it.path })

    expect(ended.code).toBe(1)
    expect(ended.stdout).toBe('')
    const said = ended.stderr.split('\n').filter((line) => !/^(made a cookie key.*)?$/.test(line))
    expect(said).toHaveLength(1)
  })

  it('with a store that processes cannot share, or a number that is none', async () => {
    await using it = await openWorkshop('store: { kind: memory }')
    const serve = (WEB_CONCURRENCY: string) =>
      runCommand(['serve'], { cwd: it.path, env: { WEB_CONCURRENCY } })
    await it.write(it.config('store: { kind: memory }').replace('workers: 2\n', ''))

    expect(await serve('2')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^WEB_CONCURRENCY workers: needs a store that processes share/),
    })
    expect(await serve('two')).toMatchObject({
      code: 2,
      stderr: 'WEB_CONCURRENCY workers: must be a whole number of 1 or more, or auto\n',
    })
  })
})

describe('several workers that are asked to stop', LONG, () => {
  it.each([
    ['the first process', false],
    ['every process, as a service manager does', true],
  ])('finish what is under way and end with 0, told is %s', async (_, everybody) => {
    await using it = await openWorkshop()
    await using gateway = await it.start()
    const ada = await gateway.signIn('ada')
    const hold = it.upstream.hold({ path: '/slow' })
    const slow = ada.get('/api/slow')
    await hold.arrived()
    const workers = workersOf(gateway.pid)

    for (const pid of everybody ? [gateway.pid, ...workers] : [gateway.pid]) {
      process.kill(pid, 'SIGTERM')
    }
    await expect
      .poll(() => send(gateway.port, '/').catch((error: NodeJS.ErrnoException) => error.code))
      .toBe('ECONNREFUSED')
    gateway.kill('SIGTERM')
    hold.release()

    expect((await slow).json()).toMatchObject({ owner: 'ada' })
    expect(await gateway.ended).toMatchObject({ code: 0, signal: null, stderr: expect.any(String) })
    expect(workers.filter(isAlive)).toEqual([])
  })

  it('end by themselves when the first process is killed', async () => {
    await using it = await openWorkshop()
    await using gateway = await it.start()
    const workers = workersOf(gateway.pid)

    gateway.kill('SIGKILL')
    await expect.poll(() => workers.filter(isAlive), SLOW).toEqual([])
  })
})

describe('SIGHUP', LONG, () => {
  it('brings a changed configuration and its variables into every worker', async () => {
    await using it = await openWorkshop()
    const variable = '$'.concat('{SIGN_IN_PAGE}')
    const page = `pages: { signIn: "${variable}" }`
    await it.write(`${it.config('')}${page}\n`)
    await writeFile(join(it.path, 'variables'), 'SIGN_IN_PAGE=/before\n')
    await using gateway = await it.start({}, ['--env-file', 'variables'])
    const before = workersOf(gateway.pid)
    const other = `  - { prefix: /other, upstream: "${it.upstream.url}", auth: public }`
    const headers = { 'sec-fetch-mode': 'navigate', accept: 'text/html' }
    const ask = (path: string) => send(gateway.port, path, { host: gateway.host, headers })
    expect((await ask('/auth/login')).text).toContain('/before')

    await it.write(`${it.config(other).replace('workers: 2', 'workers: 3')}${page}\n`)
    await writeFile(join(it.path, 'variables'), 'SIGN_IN_PAGE=/after\n')
    gateway.kill('SIGHUP')
    await expect.poll(() => gateway.stdout, SLOW).toContain('"reloaded"')

    const after = workersOf(gateway.pid)
    expect(after).toHaveLength(3)
    expect(after.filter((pid) => before.includes(pid))).toEqual([])
    const asked = await Promise.all(Array.from({ length: 6 }, () => ask('/other/x')))
    expect(asked.map(({ status }) => status)).toEqual(Array(6).fill(200))
    expect((await ask('/auth/login')).text).toContain('/after')
  })

  it('changes nothing where the configuration is wrong or needs a restart, and says why', async () => {
    await using it = await openWorkshop()
    await using gateway = await it.start()
    const before = workersOf(gateway.pid)
    const refusals = () => gateway.stdout.match(/"reload_refused"/g)?.length

    await it.write(it.config('sesion: 1'))
    gateway.kill('SIGHUP')
    await expect.poll(refusals, SLOW).toBe(1)
    await it.write(it.config('').replace('listen: { port: 0 }', 'listen: { port: 9 }'))
    gateway.kill('SIGHUP')
    await expect.poll(refusals, SLOW).toBe(2)

    await expect.poll(() => gateway.stdout).toContain('did you mean session')
    await expect.poll(() => gateway.stdout).toContain('listen changes at a restart only')
    expect(workersOf(gateway.pid)).toEqual(before)
    expect((await gateway.send('/auth/session')).status).toBe(200)
  })

  it('is not needed where a worker ended meanwhile: a good configuration is taken, a bad one waited out', async () => {
    await using it = await openWorkshop()
    await using gateway = await it.start()
    using operators = operatorsOf(gateway)
    await it.write(it.config('sesion: 1'))

    process.kill(workersOf(gateway.pid)[0] ?? 0, 'SIGKILL')
    await expect.poll(() => gateway.stdout, SLOW).toContain('"worker_waits"')
    expect((await gateway.send('/auth/session')).status).toBe(200)
    expect(await operators.ready()).toBe(503)
    await it.write(it.config('pages: { signIn: /elsewhere }'))

    await expect.poll(() => gateway.stdout, SLOW).toContain('"reloaded"')
    await expect.poll(operators.ready, SLOW).toBe(200)
  })
})

async function settled(all: readonly Promise<unknown>[]): Promise<number> {
  const open = Symbol('open')
  const states = await Promise.all(all.map((one) => Promise.race([one, Promise.resolve(open)])))
  return states.filter((state) => state !== open).length
}
