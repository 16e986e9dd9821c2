// A recorded incident, played back: it happens again, and after the mend it does not.
import { fork } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { OwnerConfig } from '../../src/config/config.ts'
import { createDice } from '../../src/qa/leaks/dice.ts'
import { readRecording } from '../../src/qa/replay/recording.ts'
import { surveyOf } from '../../src/qa/replay/survey.ts'
import { exitCodeOf } from '../../src/qa/run.ts'
import { openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { startGateway } from '../support/gateway.ts'
import { harOf, openTarget, pairs, signInOf, writeMany } from '../support/recordings.ts'
import { replay, replayCommand } from '../support/replay.ts'
import type { ReplayGrowth } from '../support/replay-child.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

const CALLS = process.env.COATCHECK_LONG === '1' ? 100_000 : 15_000
/** As many as a report keeps at most, and some; and as late as the recording is still being read. */
const [FULL_CALLS, LATE_CALLS] = [11_000, CALLS - 1_000]

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

/** Whoever asks while another one waits for an answer decides both; a call by itself is never answered. */
function raceForTheName(upstream: TestUpstream) {
  const waiting: Array<(username: string | undefined) => void> = []
  upstream.on('/profile', (request, response) => {
    waiting.push((username) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ username }))
    })
    if (waiting.length === 2) for (const answer of waiting.splice(0)) answer(request.owner)
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

async function recordIncident(upstream: TestUpstream, file: string): Promise<void> {
  const gateway = await open(upstream, file)
  const alice = await gateway.signIn('alice')
  await alice.get('/api/profile')
  const bob = await gateway.signIn('bob')
  await Promise.all([alice.get('/api/profile'), bob.get('/api/profile'), alice.get('/api/user')])
  await gateway.close()
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
      const { run } = await replay(file, gateway.url.replace('127.0.0.1', 'localhost'))
      expect(run.verdict).toMatchObject({ outcome: 'leak', leaks: 1, verified: 3 })
      expect(exitCodeOf(run.verdict)).toBe(1)
      const leak = run.calls.find(({ outcome }) => outcome === 'foreign')
      expect(leak).toMatchObject({ user: 'alice', owner: 'bob', path: '/api/profile', status: 200 })
      const [mark] = leak?.marks ?? []
      expect(leak?.response?.body.slice(mark?.at, (mark?.at ?? 0) + (mark?.length ?? 0))).toBe(
        'bob',
      )
    }
    sick()
    mend(upstream)
    const { run } = await replay(file, gateway.url.replace('127.0.0.1', 'localhost'))
    expect(run.verdict.sentence).toContain(
      'CLEAN: 5 of 6 answers are as recorded; 1 other was wrong when it was recorded, and is right. 4 own reads verified.',
    )
    expect(run.verdict).toMatchObject({ outcome: 'clean', leaks: 0, verified: 4 })
    expect(exitCodeOf(run.verdict)).toBe(0)
  })

  it('shows a leak that needs two calls at the same moment again, ten times of ten', async () => {
    await using folder = await openFolder()
    await using upstream = await startUpstream()
    const file = join(folder.path, 'a.har')
    raceForTheName(upstream)
    const recorder = await open(upstream, file)
    const alice = await recorder.signIn('alice')
    const bob = await recorder.signIn('bob')
    const first = alice.get('/api/profile')
    await expect.poll(() => upstream.last.path).toBe('/profile')
    await Promise.all([first, bob.get('/api/profile')])
    await recorder.close()
    await using gateway = await open(upstream)

    for (let nth = 0; nth < 10; nth++) {
      const { run } = await replay(file, gateway.url.replace('127.0.0.1', 'localhost'))

      expect(run.verdict).toMatchObject({ outcome: 'leak', leaks: 1, verified: 1 })
      const leak = run.calls.find(({ outcome }) => outcome === 'foreign')
      expect(leak).toMatchObject({ user: 'alice', owner: 'bob', path: '/api/profile' })
    }
  })

  it('names what is not as it was: status and chosen fields', async () => {
    await using folder = await openFolder()
    await using upstream = await startUpstream()
    const file = join(folder.path, 'a.har')
    const well = mend(upstream)
    await recordIncident(upstream, file)
    await using gateway = await open(upstream)
    const target = gateway.url.replace('127.0.0.1', 'localhost')

    const same = await replay(file, target, { compare: ['/username'] })
    expect(same.differences).toEqual([])
    expect(exitCodeOf(same.run.verdict)).toBe(0)

    const other = await replay(file, target, { compare: ['/username', '/at'] })
    expect(other.counts.different).toBe(3)
    expect(other.differences[0]?.what[0]).toMatch(/^\/at \d+ → \d+$/)

    well()
    upstream.on('/profile', (_request, response) => response.writeHead(418).end())
    const broken = await replay(file, target)
    expect(broken.differences.map(({ what }) => what)).toEqual(Array(3).fill(['status 200 → 418']))
    expect(exitCodeOf(broken.run.verdict)).toBe(1)
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

  it('lets everybody go at once where it shall be fastest, each in their own order', async () => {
    await using folder = await openFolder()
    const file = join(folder.path, 'a.har')
    // Recorded one after another; here alice's first waits for bob's second.
    const arrivals: number[] = []
    let first = () => {}
    await using target = await openTarget((n, answer) => {
      arrivals.push(n)
      if (n === 0) first = answer
      else answer()
      if (n === 3) first()
    })
    const inTurn = (line: string, at: number) => {
      const entry = JSON.parse(line)
      return JSON.stringify({ ...entry, _order: { began: 2 * at, ended: 2 * at + 1 } })
    }
    const lines = [0, 1, 2, 3].map((n) => pairs(4)[n ^ 1] ?? '')
    await writeFile(file, harOf(lines.map(inTurn)))

    const { counts } = await replay(file, target.url, { pace: { kind: 'fastest' } })

    expect(counts).toMatchObject({ calls: 4, answers: 4, different: 0 })
    expect(arrivals.toSpliced(0, 2).join()).toBe('3,2')
    expect(arrivals.slice(0, 2).toSorted()).toEqual([0, 1])
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
      await replay(file, target.url, { pace: { kind: 'reorder', below: createDice(seed).roll } })
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

    const { counts } = await replay(file, target.url, { pace: { kind: 'fastest' } })

    expect((await surveyOf(readRecording(file))).cut).toBe(true)
    expect(counts.calls).toBe(9)
  })

  it(`plays ${CALLS} calls in constant memory`, async () => {
    await using folder = await openFolder()
    const file = join(folder.path, 'a.har')
    await writeMany(file, CALLS)
    await using target = await openTarget((_n, answer) => answer())

    const { heaps, kept, ...counts } = await growthOf(file, target.url, [FULL_CALLS, LATE_CALLS])

    expect(counts).toEqual({ calls: CALLS, answers: CALLS, different: 0 })
    expect(kept).toBeLessThanOrEqual(10_000)
    // What is kept for the report is bounded; nothing else grows.
    const [full = 0, late = Number.POSITIVE_INFINITY] = heaps
    // Bytes for each call; what has been read ahead only becomes less.
    expect((late - full) / (LATE_CALLS - FULL_CALLS)).toBeLessThan(64)
  }, 240_000)
})

/** In a process of its own, in which nothing else is collected or kept. */
async function growthOf(file: string, target: string, marks: readonly number[]) {
  const child = fork(CHILD, [file, target, ...marks.map(String)], {
    execPath: process.execPath,
    execArgv: ['--expose-gc'],
    silent: true,
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return new Promise<ReplayGrowth>((resolve, reject) => {
    child.once('message', (growth) => resolve(growth as ReplayGrowth))
    child.once('close', (code) => reject(new Error(`the replay ended with ${code}: ${said}`)))
  })
}

const CHILD = fileURLToPath(new URL('../support/replay-child.ts', import.meta.url))

describe('coatcheck qa replay', () => {
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

    const ended = await replayCommand([...args, '--json', 'a.json', '--html', 'a.html'], {
      cwd: folder.path,
    })

    expect(ended.stderr).toBe('')
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('LEAK: 1 of 6 answers belonged to someone else.')
    expect(JSON.parse(await readFile(join(folder.path, 'a.json'), 'utf8')).counts.leaks).toBe(1)
    expect(await readFile(join(folder.path, 'a.html'), 'utf8')).toContain('LEAK')
    sick()
    mend(upstream)
    const env = { COATCHECK_QA_PASSWORD_ALICE: 'secret', COATCHECK_QA_PASSWORD_BOB: 'secret' }
    const again = await replayCommand(['a.har', '--target', target], { cwd: folder.path, env })
    expect(again.stdout).toContain('CLEAN: 5 of 6 answers are as recorded; 1 other was')
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
        /^odd\.csv has no name for user 1 \(its first line must have a column name\)\.$/,
      ],
      [
        ['good.har', '--target', target, '--passwords', 'wrong.csv'],
        /^COULD NOT JUDGE: alice's sign-in was refused \(401\)/,
      ],
      [
        ['good.har', '--target', down, '--passwords', 'wrong.csv'],
        /did not answer alice's sign-in: the connection was refused; start it, or correct the address\.$/,
      ],
      [
        ['good.har', '--target', gateway.url, '--passwords', 'wrong.csv'],
        /is not the address that this gateway serves/,
      ],
    ]
    for (const [args, sentence] of cases) {
      const ended = await replayCommand(args, { cwd: folder.path })
      expect(ended.stderr.trim()).toMatch(sentence)
      expect([ended.code, ended.stdout]).toEqual([2, ''])
    }
  })
})
