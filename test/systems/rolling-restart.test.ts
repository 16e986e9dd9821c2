import { describe, expect, it } from 'vitest'
import type { RunningCommand } from '../support/command.ts'
import { openHttpClient } from '../support/http.ts'
import { isAlive, openWorkshop, operatorsOf, workersOf } from '../support/workers.ts'

const LONGER = process.env.COATCHECK_LONG === '1' ? 10 : 1
const CLIENTS = 24
const SLOW = { timeout: 60_000 }

interface Load {
  /** Answers to their own owner so far. */
  readonly answered: number
  /** Whatever else came, in words. */
  readonly lost: readonly string[]
  /** Resolves after an answer for each client and a few more, at no particular moment. */
  goesOn(): Promise<void>
  /** A request of nobody is under way any more. */
  end(): Promise<void>
}

/** Two of three clients keep their one connection for all they ask, the others take a new one each time. */
function loadOn(gateway: RunningCommand, people: ReadonlyMap<string, string>): Load {
  const lost: string[] = []
  let answered = 0
  let ending = false
  const clients = Array.from({ length: CLIENTS }, async (_, i) => {
    const [name = '', cookie = ''] = [...people][i % people.size] ?? []
    const headers = { cookie, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }
    const post = i % 4 === 0 ? { method: 'POST', body: 'x'.repeat(2000) } : {}
    const keeps = i % 3 !== 0
    let client = openHttpClient(gateway.port, { maxSockets: 1 })
    while (!ending) {
      try {
        const answer = await client.send('/api/notes', { host: gateway.host, headers, ...post })
        const owner = answer.status === 200 ? answer.json().owner : answer.text
        if (owner === name) answered++
        else lost.push(`${answer.status} ${owner} instead of ${name}`)
      } catch (error) {
        lost.push(error instanceof Error && 'code' in error ? String(error.code) : String(error))
        if (lost.at(-1) === 'ECONNREFUSED') break
      }
      if (keeps) continue
      client[Symbol.dispose]()
      client = openHttpClient(gateway.port, { maxSockets: 1 })
    }
    client[Symbol.dispose]()
  })
  return {
    get answered() {
      return answered
    },
    lost,
    async goesOn() {
      const enough = answered + CLIENTS + Math.random() * 10 * CLIENTS
      await expect.poll(() => answered, SLOW).toBeGreaterThan(enough)
    },
    async end() {
      ending = true
      await Promise.all(clients)
    },
  }
}

/** What two processes wrote into each other would not be. */
function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}

async function signInAll(gateway: RunningCommand): Promise<ReadonlyMap<string, string>> {
  const names = Array.from({ length: 8 }, (_, i) => `p${i}`)
  const people = await Promise.all(names.map((name) => gateway.signIn(name)))
  return new Map(people.map(({ cookie }, i) => [names[i] ?? '', cookie]))
}

describe('a rolling restart under load', () => {
  it('fails no request, loses no session and mixes up none', async () => {
    // Short, so that renewals happen all the time; not so short that a token could expire on its way.
    await using it = await openWorkshop('', { accessMs: 6000, rotation: true })
    await using gateway = await it.start({ env: { COATCHECK__LOG__ACCESS: 'true' } })
    const people = await signInAll(gateway)
    const load = loadOn(gateway, people)

    for (let round = 1; round <= 2 * LONGER; round++) {
      const before = workersOf(gateway.pid)
      const answered = load.answered
      gateway.kill('SIGHUP')
      const times = () => gateway.stdout.match(/"reloaded"/g)?.length
      await expect.poll(times, SLOW).toBe(round)
      expect(workersOf(gateway.pid).filter((pid) => before.includes(pid))).toEqual([])
      expect(load.answered).toBeGreaterThan(answered + CLIENTS)
    }
    await load.end()

    expect(load.lost).toEqual([])
    const owners = await Promise.all(
      [...people].map(async ([name, cookie]) => {
        const answer = await gateway.send('/api/notes', { cookie })
        return [name, answer.json().owner]
      }),
    )
    expect(owners.filter(([name, owner]) => name !== owner)).toEqual([])
    expect(it.upstream.refreshes.length).toBeGreaterThan(0)
    expect(it.upstream.reuses).toBe(0)
    gateway.kill('SIGTERM')
    const { stdout } = await gateway.ended
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
    expect(lines.length).toBeGreaterThan(load.answered)
    expect(lines.filter((line) => !isJson(line))).toEqual([])
  })

  it('is what SIGTERM interrupts: what is under way is answered, then all end', async () => {
    await using it = await openWorkshop()
    await using gateway = await it.start()
    const load = loadOn(gateway, await signInAll(gateway))
    await load.goesOn()
    gateway.kill('SIGHUP')
    await expect.poll(() => workersOf(gateway.pid).length, SLOW).toBe(3)
    const workers = workersOf(gateway.pid)

    gateway.kill('SIGTERM')

    expect(await gateway.ended).toMatchObject({ code: 0, signal: null })
    await load.end()
    expect(load.lost.filter((what) => what !== 'ECONNREFUSED')).toEqual([])
    expect(workers.filter(isAlive)).toEqual([])
  })
})

describe('several workers that are asked to stop under load', () => {
  it('answer every request that they took in, and refuse or reset the rest', async () => {
    await using it = await openWorkshop()
    const lost: string[] = []

    for (let round = 0; round < 3 * LONGER; round++) {
      await using gateway = await it.start()
      const load = loadOn(gateway, await signInAll(gateway))
      await load.goesOn()
      gateway.kill('SIGTERM')
      expect(await gateway.ended).toMatchObject({ code: 0, signal: null })
      await load.end()
      lost.push(...load.lost.filter((what) => what !== 'ECONNREFUSED'))
    }

    // A connection that comes in the moment in which the door closes may be reset in place of refused; no answer is cut.
    expect(lost.filter((what) => what !== 'ECONNRESET')).toEqual([])
    expect(lost.length).toBeLessThan(CLIENTS * LONGER)
  })
})

describe('a worker that is killed under load', () => {
  it('takes along only what it was serving; the others serve, and it is replaced', async () => {
    await using it = await openWorkshop()
    await using gateway = await it.start()
    using operators = operatorsOf(gateway)
    const people = await signInAll(gateway)
    const load = loadOn(gateway, people)
    const kills = 4 * LONGER

    for (let round = 0; round < kills; round++) {
      const [victim = 0] = workersOf(gateway.pid).slice(round % 2)
      await load.goesOn()
      process.kill(victim, 'SIGKILL')
      await expect.poll(() => isAlive(victim), SLOW).toBe(false)
      await load.goesOn()
      await expect.poll(operators.ready, SLOW).toBe(200)
    }
    await load.end()

    // Cut off with the worker, at most one for each client and kill; never an answer of somebody else.
    expect(load.lost.filter((what) => !['ECONNRESET', 'EPIPE'].includes(what))).toEqual([])
    expect(load.lost.length).toBeLessThanOrEqual(kills * CLIENTS)
    const answers = await Promise.all(
      [...people].map(async ([name, cookie]) => {
        const answer = await gateway.send('/api/notes', { cookie })
        return [name, answer.json().owner]
      }),
    )
    expect(answers.filter(([name, owner]) => name !== owner)).toEqual([])
  })
})
