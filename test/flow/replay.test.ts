// A recorded incident, played back: it happens again, and after the mend it does not.
import * as fs from 'node:fs/promises'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CommandIo } from '../../src/cli/io.ts'
import { runProgram } from '../../src/cli/program.ts'
import type { OwnerConfig } from '../../src/config/config.ts'
import { createDice } from '../../src/qa/leaks/dice.ts'
import type { Pace } from '../../src/qa/replay/play.ts'
import { readRecording } from '../../src/qa/replay/recording.ts'
import { runReplay } from '../../src/qa/replay/run-replay.ts'
import { surveyOf } from '../../src/qa/replay/survey.ts'
import { exitCodeOf } from '../../src/qa/replay/verdict.ts'
import type { CommandOptions } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { startGateway } from '../support/gateway.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

const CALLS = process.env.COATCHECK_LONG === '1' ? 100_000 : 4_000

const OWNER: OwnerConfig = { field: '/username', is: 'sub', on: 'observe' }

/** The founding bug, behind a gateway: the profile of whoever signed in last serves everybody. */
function shareTheJar(upstream: TestUpstream) {
  return upstream.on('/profile', (request, response) => {
    const username = upstream.signIns.at(-1)?.username
    const status = request.owner === undefined ? 401 : 200
    response.writeHead(status, { 'content-type': 'application/json', 'x-user-id': username ?? '' })
    response.end(JSON.stringify({ username, at: Date.now() }))
  })
}

function mend(upstream: TestUpstream) {
  return upstream.on('/profile', (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ username: request.owner, at: Date.now() }))
  })
}

async function open(upstream: TestUpstream, file?: string, owner: OwnerConfig | undefined = OWNER) {
  const port = await freePort()
  const record = { bodyBytes: 16_384, mostBytes: 2 ** 30, redact: [] }
  return startGateway({
    publicOrigin: `http://localhost:${port}`,
    listen: { host: '127.0.0.1', port },
    routes: [{ upstream: upstream.url, owner }],
    ...(file === undefined ? {} : { options: { record: { ...record, file } } }),
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function recordIncident(upstream: TestUpstream, file: string): Promise<void> {
  const gateway = await open(upstream, file)
  const alice = await gateway.signIn('alice')
  await alice.get('/api/profile')
  const bob = await gateway.signIn('bob')
  await Promise.all([alice.get('/api/profile'), bob.get('/api/profile'), alice.get('/api/user')])
  await gateway.close()
}

async function replay(
  file: string,
  target: string,
  pace: Pace = { kind: 'order' },
  compare: string[] = [],
) {
  const survey = await surveyOf(readRecording(file))
  const secrets = new Map(survey.personas.map((name) => [name, { password: 'secret' }] as const))
  const done = await runReplay({
    file,
    survey,
    target,
    secrets,
    pace,
    seed: 1,
    owner: undefined,
    compare,
  })
  if (!done.ok) throw new Error(done.why)
  return done
}

describe('a replay', () => {
  it('shows a recorded leak again, ten times of ten, and none once it is mended', async () => {
    await using folder = await openFolder()
    await using upstream = await startUpstream()
    const file = join(folder.path, 'a.har')
    const sick = shareTheJar(upstream)
    await recordIncident(upstream, file)
    await using gateway = await open(upstream)

    for (let nth = 0; nth < 10; nth++) {
      const { run, counts } = await replay(file, gateway.url.replace('127.0.0.1', 'localhost'))
      expect(run.verdict).toMatchObject({ outcome: 'leak', leaks: 1, verified: 3 })
      expect(exitCodeOf(counts)).toBe(1)
      const leak = run.calls.find(({ outcome }) => outcome === 'foreign')
      expect(leak).toMatchObject({ user: 'alice', owner: 'bob', path: '/api/profile', status: 200 })
      const [mark] = leak?.marks ?? []
      expect(leak?.response?.body.slice(mark?.at, (mark?.at ?? 0) + (mark?.length ?? 0))).toBe(
        'bob',
      )
    }
    sick()
    mend(upstream)
    const { counts, run } = await replay(file, gateway.url.replace('127.0.0.1', 'localhost'))
    expect(run.verdict.sentence).toContain('1 answer that was wrong is right')
    expect(run.verdict).toMatchObject({ outcome: 'clean', leaks: 0, verified: 4 })
    expect(exitCodeOf(counts)).toBe(0)
  })

  it('names what is not as it was: status and chosen fields', async () => {
    await using folder = await openFolder()
    await using upstream = await startUpstream()
    const file = join(folder.path, 'a.har')
    const well = mend(upstream)
    await recordIncident(upstream, file)
    await using gateway = await open(upstream)
    const target = gateway.url.replace('127.0.0.1', 'localhost')

    const same = await replay(file, target, { kind: 'order' }, ['/username'])
    expect(same.differences).toEqual([])
    expect(exitCodeOf(same.counts)).toBe(0)

    const other = await replay(file, target, { kind: 'order' }, ['/username', '/at'])
    expect(other.counts.different).toBe(3)
    expect(other.differences[0]?.what[0]).toMatch(/^\/at \d+ → \d+$/)

    well()
    upstream.on('/profile', (_request, response) => response.writeHead(418).end())
    const broken = await replay(file, target)
    expect(broken.differences.map(({ what }) => what)).toEqual(Array(3).fill(['status 200 → 418']))
    expect(exitCodeOf(broken.counts)).toBe(1)
  })

  it('keeps the recorded order and overlap', async () => {
    await using folder = await openFolder()
    const file = join(folder.path, 'a.har')
    // The first of a pair is answered when the second has come: only what overlaps comes to an end.
    const arrivals: number[] = []
    const firsts = new Map<number, () => void>()
    await using target = await openTarget((n, answer) => {
      arrivals.push(n)
      if (n % 2 === 0) firsts.set(n, answer)
      else {
        answer()
        firsts.get(n - 1)?.()
      }
    })
    await writeFile(file, harOf(pairs(40)))

    const { counts } = await replay(file, target.url)

    expect(counts).toMatchObject({ calls: 40, answers: 40, different: 0 })
    expect(arrivals).toEqual(Array.from({ length: 40 }, (_, n) => n))
  })

  it('is reordered the same by the same seed, each browser in its own order', async () => {
    await using folder = await openFolder()
    const file = join(folder.path, 'a.har')
    await writeFile(file, harOf(pairs(40)))
    const orderOf = async (seed: number) => {
      const arrivals: number[] = []
      await using target = await openTarget((n, answer) => {
        arrivals.push(n)
        answer()
      })
      await replay(file, target.url, { kind: 'reorder', below: createDice(seed).roll })
      return arrivals
    }

    const first = await orderOf(7)

    expect(await orderOf(7)).toEqual(first)
    expect(await orderOf(8)).not.toEqual(first)
    expect(first.filter((n) => n % 2 === 0)).toEqual(Array.from({ length: 20 }, (_, n) => n * 2))
  })

  it('plays a recording that breaks off as far as it is whole', async () => {
    await using folder = await openFolder()
    const file = join(folder.path, 'a.har')
    await using target = await openTarget((_n, answer) => answer())
    await writeFile(file, harOf(pairs(10)).slice(0, -200))

    const { counts } = await replay(file, target.url, { kind: 'fastest' })

    expect((await surveyOf(readRecording(file))).cut).toBe(true)
    expect(counts.calls).toBe(9)
  })

  it(`plays ${CALLS} calls in constant memory`, async () => {
    await using folder = await openFolder()
    const file = join(folder.path, 'a.har')
    await writeMany(file, CALLS)
    let before = 0
    let most = 0
    await using target = await openTarget((n, answer) => {
      if (n % 500 === 0) {
        globalThis.gc?.()
        const { heapUsed } = process.memoryUsage()
        if (n <= CALLS / 4) before = Math.max(before, heapUsed)
        else most = Math.max(most, heapUsed)
      }
      answer()
    })

    const { counts, run } = await replay(file, target.url, { kind: 'fastest' })

    expect(counts).toMatchObject({ calls: CALLS, answers: CALLS, different: 0 })
    expect(run.calls.length).toBeLessThanOrEqual(10_000)
    // What is kept for the report is bounded; nothing else grows.
    expect(most - before).toBeLessThan(48 * 2 ** 20)
  })
})

describe('coatcheck qa replay', () => {
  /** In this process: starting one takes longer than all it does. */
  async function run(args: readonly string[], { cwd, env = {} }: CommandOptions) {
    const ended = { code: 0, stdout: '', stderr: '' }
    const io: CommandIo = {
      env,
      cwd,
      isTty: false,
      stdout(text) {
        ended.stdout += text
      },
      stderr(text) {
        ended.stderr += text
      },
      exit(code) {
        ended.code = code
      },
    }
    await runProgram(['qa', 'replay', ...args], io, { stack: false })
    return ended
  }

  it('exits 1 with one sentence on a leak and writes both reports, 0 after the mend', async () => {
    await using folder = await openFolder({
      'people.csv': 'name,password\nalice,secret\nbob,secret\n',
    })
    await using upstream = await startUpstream()
    const sick = shareTheJar(upstream)
    await recordIncident(upstream, join(folder.path, 'a.har'))
    await using gateway = await open(upstream)
    const target = `http://localhost:${gateway.port}`
    const args = ['a.har', '--target', target, '--passwords', 'people.csv']

    const ended = await run([...args, '--json', 'a.json', '--html', 'a.html'], { cwd: folder.path })

    expect(ended.stderr).toBe('')
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('LEAK: 1 of 6 answers belonged to someone else.')
    expect(JSON.parse(await readFile(join(folder.path, 'a.json'), 'utf8')).counts.leaks).toBe(1)
    expect(await readFile(join(folder.path, 'a.html'), 'utf8')).toContain('LEAK')
    sick()
    mend(upstream)
    const env = { COATCHECK_QA_PASSWORD_ALICE: 'secret', COATCHECK_QA_PASSWORD_BOB: 'secret' }
    const again = await run(['a.har', '--target', target], { cwd: folder.path, env })
    expect(again.stdout).toContain('CLEAN: 6 answers are as recorded.')
    expect(again.code).toBe(0)
  })

  it('exits 2 with one sentence where it cannot judge', async () => {
    await using folder = await openFolder({
      'empty.har': '',
      'text.har': 'hello',
      'json.har': '{"a":1}',
      'nothing.har': harOf([]),
      'nobody.har': JSON.stringify({
        log: {
          entries: pairs(2)
            .map((line) => JSON.parse(line))
            .map(({ _persona, ...entry }) => entry),
        },
      }),
      'broken.har': harOf([pairs(2)[0] ?? '', '{"request":{}}', pairs(2)[1] ?? '']),
      'good.har': harOf([signInOf('alice'), ...pairs(2)]),
      'odd.csv': 'who,what\n1,2\n',
      'wrong.csv': 'name,password\nalice,wrong\n',
    })
    await using upstream = await startUpstream()
    await using gateway = await open(upstream)
    const target = `http://localhost:${gateway.port}`
    const down = `http://localhost:${await freePort()}`
    const cases: ReadonlyArray<readonly [args: string[], sentence: RegExp]> = [
      [['none.har', '--target', target], /^none\.har cannot be read: there is no such file\.$/],
      [['empty.har', '--target', target], /^empty\.har is empty\.$/],
      [['text.har', '--target', target], /^text\.har is no JSON, and so no HAR\.$/],
      [
        ['json.har', '--target', target],
        /^json\.har is JSON, but no HAR: it has no log\.entries\.$/,
      ],
      [['nothing.har', '--target', target], /^nothing\.har holds no call/],
      [['nobody.har', '--target', target], /^nobody\.har names no persona/],
      [['broken.har', '--target', target], /^broken\.har has no whole entry in line 3\.$/],
      [['good.har', '--target', 'localhost'], /^--target takes an http\(s\) address/],
      [['good.har', '--target', 'http://example.org'], /^example\.org is not this machine/],
      [
        ['good.har', '--target', target, '--speed', 'slow'],
        /^--speed is order, recorded or fastest\.$/,
      ],
      [['good.har', '--target', target, '--reorder', 'x'], /^--reorder takes a whole number/],
      [['good.har', '--target', target, '--compare', 'name'], /^--compare takes JSON Pointers/],
      [
        ['good.har', '--target', target],
        /^There is no password for alice: .* COATCHECK_QA_PASSWORD_ALICE\.$/,
      ],
      [
        ['good.har', '--target', target, '--passwords', 'odd.csv'],
        /^odd\.csv needs the columns name and password/,
      ],
      [
        ['good.har', '--target', target, '--passwords', 'wrong.csv'],
        /^COULD NOT JUDGE: alice's sign-in was refused \(401\)/,
      ],
      [
        ['good.har', '--target', down, '--passwords', 'wrong.csv'],
        /did not answer alice's sign-in/,
      ],
      [
        ['good.har', '--target', gateway.url, '--passwords', 'wrong.csv'],
        /is not the address that this gateway serves/,
      ],
    ]
    for (const [args, sentence] of cases) {
      const ended = await run(args, { cwd: folder.path })
      expect(ended.stderr.trim()).toMatch(sentence)
      expect([ended.code, ended.stdout]).toEqual([2, ''])
    }
  })
})

/** Stands in for a gateway: told the number of each `/api/step/N`, answers when it is told to. */
async function openTarget(step: (n: number, answer: () => void) => void) {
  const server = createServer((request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json')
    step(Number(request.url?.split('/').at(-1)), () => response.end('{}'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Calls of two people, each pair overlapping and each after the one before, in the order of their endings. */
function pairs(count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const n = at % 2 === 0 ? at + 1 : at - 1
    return stepOf(n)
  })
}

function stepOf(n: number): string {
  const pair = Math.floor(n / 2) * 4
  const order =
    n % 2 === 0 ? { began: pair, ended: pair + 3 } : { began: pair + 1, ended: pair + 2 }
  return entryOf({ persona: n % 2 === 0 ? 'alice' : 'bob', path: `/api/step/${n}`, order })
}

interface EntryFacts {
  readonly persona: string
  readonly path: string
  readonly order: { readonly began: number; readonly ended: number }
}

function entryOf({ persona, path, order }: EntryFacts): string {
  return JSON.stringify({
    startedDateTime: new Date(1_700_000_000_000 + order.began).toISOString(),
    time: 1,
    request: { method: 'GET', url: `http://localhost:3000${path}`, headers: [] },
    response: {
      status: 200,
      headers: [],
      content: { size: 2, mimeType: 'application/json', text: '{}' },
    },
    _persona: persona,
    _session: null,
    _order: order,
  })
}

function signInOf(persona: string): string {
  const entry = JSON.parse(
    entryOf({ persona, path: '/auth/login', order: { began: -2, ended: -1 } }),
  )
  const text = JSON.stringify({ username: persona, password: `{{${persona}.password}}` })
  const headers = [{ name: 'content-type', value: 'application/json' }]
  const request = {
    ...entry.request,
    method: 'POST',
    headers,
    postData: { mimeType: 'application/json', text },
  }
  return JSON.stringify({ ...entry, request, _signIn: true, _session: `of-${persona}` })
}

const HEAD = '{"log":{"version":"1.2","creator":{"name":"coatcheck","version":"0"},"entries":['

function harOf(entries: readonly string[]): string {
  return `${HEAD}\n${entries.join(',\n')}\n]}}\n`
}

async function writeMany(file: string, count: number): Promise<void> {
  const handle = await fs.open(file, 'w')
  await handle.write(`${HEAD}\n`)
  for (let from = 0; from < count; from += 1000) {
    const lines = Array.from({ length: 1000 }, (_, at) => stepOf((from + at) ^ 1))
    await handle.write(`${lines.join(',\n')}${from + 1000 < count ? ',\n' : '\n'}`)
  }
  await handle.write(']}}\n')
  await handle.close()
}
