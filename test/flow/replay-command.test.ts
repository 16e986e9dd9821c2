// `coatcheck qa replay` as its users have it: what it takes, what it says, and where it writes.
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { type Packed, unpack } from '../../src/qa/report/page/packed.ts'
import { openFolder } from '../support/folder.ts'
import { type Asked, openSite, type Page, type People, talk } from '../support/recordings.ts'
import { replay, replayCommand } from '../support/replay.ts'

// Some play more than one replay, and write their reports.
vi.setConfig({ testTimeout: 60_000 })

const PEOPLE: People = { alice: { sub: 'alice' }, bob: { sub: 'bob' } }
const RULE = { field: '/username', is: 'sub' }
const CSV = 'name,password\nalice,secret\nbob,secret\n'

const own = (who: string): Page => ({ body: { username: who } })
const ORDERS: Page = { body: { orders: [] } }

/** Alice got Bob's profile once, and asked for orders three times. */
const INCIDENT: readonly Asked[] = [
  ['alice', '/api/user', own('bob')],
  ['bob', '/api/user', own('bob')],
  ...Array.from({ length: 3 }, (): Asked => ['alice', '/api/orders', ORDERS]),
]
const FILES = { 'a.har': talk(PEOPLE, INCIDENT, RULE), 'people.csv': CSV }

const brokenOrders = (who: string, path: string): Page =>
  path === '/api/orders' ? { status: 500, body: { error: 'boom' } } : own(who)

describe('coatcheck qa replay', () => {
  it('has one number for a call, and names it different or mended, in the terminal, JSON and HTML', async () => {
    await using folder = await openFolder(FILES)
    await using site = await openSite(PEOPLE, brokenOrders)
    const flags = ['--json', 'a.json', '--html', 'a.html', '--passwords', 'people.csv']

    const ended = await replayCommand(['a.har', '--target', site.url, ...flags], {
      cwd: folder.path,
    })

    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain(
      'DIFFERENT: 3 of 7 answers are not as recorded. 1 other was wrong when it was recorded, and is right. 2 own reads verified.',
    )
    expect(ended.stdout).toContain(
      'Not as it was recorded\n  4  alice GET /api/orders  status 200 → 500\n  5  alice',
    )
    expect(ended.stdout).toContain(
      "Wrong when it was recorded\n  2  alice GET /api/user  bob's then, right now",
    )
    const json = JSON.parse(await readFile(join(folder.path, 'a.json'), 'utf8'))
    const html = await readFile(join(folder.path, 'a.html'), 'utf8')
    const packed = /id="run"[^>]*>([^<]+)/.exec(html)?.[1] ?? ''
    const unzipped = gunzipSync(Buffer.from(packed, 'base64')).toString()
    const inPage = unpack(JSON.parse(unzipped) as Packed).calls
    for (const calls of [json.calls, inPage] as (typeof inPage)[]) {
      expect(calls.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6])
      expect(calls.filter(({ differences }) => differences).map(({ n }) => n)).toEqual([4, 5, 6])
      expect(calls[4]?.recorded?.response?.body).toBe('{"orders":[]}')
      expect(calls[2]).toMatchObject({ mended: true, recorded: { owner: 'bob' } })
      const { marks: [mark] = [], response } = calls[2]?.recorded ?? {}
      expect(response?.body.slice(mark?.at).slice(0, mark?.length)).toBe('bob')
    }
    expect(html).toContain('alice GET /api/orders: status 200 → 500 (3 times).')
    expect(json.users.map(({ name }: { name: string }) => name)).toEqual(['alice', 'bob'])
  })

  it('says that no race shows itself where one call came after another', async () => {
    await using folder = await openFolder(FILES)
    await using site = await openSite(PEOPLE, (who, path) =>
      path === '/api/orders' ? ORDERS : own(who),
    )
    const args = ['a.har', '--target', site.url, '--passwords', 'people.csv', '--reorder', '7']

    const { stdout, code } = await replayCommand(args, { cwd: folder.path })

    expect(code).toBe(0)
    expect(stdout).toContain(
      'CLEAN: 6 of 7 answers are as recorded; 1 other was wrong when it was recorded, and is right. 2 own reads verified. Played one call after another, in which no race shows itself.',
    )
  })

  it('looks for the place of a report before it plays anything', async () => {
    await using folder = await openFolder(FILES)
    await mkdir(join(folder.path, 'taken'))
    const cases = [
      ['nowhere/a.html', '--html: there is no folder for nowhere/a.html'],
      ['taken', '--html: taken is a folder'],
    ] as const
    for (const [file, sentence] of cases) {
      await using site = await openSite(PEOPLE, own)
      const args = ['a.har', '--target', site.url, '--passwords', 'people.csv', '--html', file]

      const ended = await replayCommand(args, { cwd: folder.path })

      expect(ended.stderr).toContain(sentence)
      expect([ended.code, site.asked]).toEqual([2, []])
    }
  })

  it('says its verdict even where a report cannot be written', async () => {
    await using folder = await openFolder(FILES)
    await mkdir(join(folder.path, 'gone'))
    // The folder goes away while the replay is under way.
    await using site = await openSite(PEOPLE, async (who, path) => {
      await rm(join(folder.path, 'gone'), { recursive: true, force: true })
      return brokenOrders(who, path)
    })
    const flags = ['--passwords', 'people.csv', '--html', 'gone/a.html', '--json', 'a.json']

    const ended = await replayCommand(['a.har', '--target', site.url, ...flags], {
      cwd: folder.path,
    })

    expect(ended.stdout).toContain('DIFFERENT: 3 of 7 answers are not as recorded.')
    expect(ended.stdout).toContain('json   a.json')
    expect(ended.stderr).toBe(
      '--html: gone/a.html cannot be written: the folder gone does not exist.\n',
    )
    expect(ended.code).toBe(2)
  })

  it('counts a sign-in that was answered 201', async () => {
    const created = FILES['a.har'].replaceAll(
      /("url":"[^"]*\/auth\/login".*?"response":\{"status":)200/g,
      '$1201',
    )
    await using folder = await openFolder({ ...FILES, 'a.har': created })
    await using site = await openSite(PEOPLE, brokenOrders, 201)

    const { run } = await replay(join(folder.path, 'a.har'), site.url)

    expect(created).toContain('"status":201')
    expect(run.verdict).toMatchObject({ verified: 2 })
    expect(run.calls[0]?.status).toBe(201)
  })

  it('takes the personas of a configuration that is good for nothing else', async () => {
    await using folder = await openFolder({
      ...FILES,
      'coatcheck.yaml':
        'publicOrigin: nonsense\nqa: { personas: { alice: { password: secret }, bob: { password: secret } } }\n',
      'empty.yaml': 'publicOrigin: http://localhost:3000\n',
    })
    await using site = await openSite(PEOPLE, own)
    const playing = (file: string) =>
      replayCommand(['a.har', '--target', site.url, '--config', file], { cwd: folder.path })

    const good = await playing('coatcheck.yaml')
    const empty = await playing('empty.yaml')
    const missing = await playing('none.yaml')

    expect(good.stdout).toContain('own reads verified')
    expect(empty.stderr).toContain('empty.yaml has no qa.personas')
    expect(missing.stderr).toBe('none.yaml cannot be read: there is no such file.\n')
  })

  it('takes hosts and the recording in any order', async () => {
    await using folder = await openFolder(FILES)
    await using site = await openSite(PEOPLE, own)
    const args = ['--allow-host', 'test.example', 'a.har', '--target', site.url]

    const ended = await replayCommand([...args, '--passwords', 'people.csv'], { cwd: folder.path })

    expect(ended.stderr).toBe('')
    expect(ended.stdout).toContain('own reads verified')
  })

  it('reaches what is below localhost', async () => {
    await using folder = await openFolder(FILES)
    await using site = await openSite(PEOPLE, own)
    const target = site.url.replace('127.0.0.1', 'alice.localhost')

    const ended = await replayCommand(['a.har', '--target', target, '--passwords', 'people.csv'], {
      cwd: folder.path,
    })

    expect(ended.stderr).toBe('')
  })

  it.each([
    [['--owner', ''], '--owner takes a JSON Pointer such as /name, the name of a header, or none.'],
    [['--owner', 'x user'], '--owner takes a JSON Pointer'],
    [['--passwords', '.'], '. cannot be read: it is a directory.'],
    [['--target', 'http://localhost:3000/app'], '--target takes an http(s) address without'],
    [['--target', 'http://me:pw@localhost:3000'], '--target takes an http(s) address without'],
  ])('refuses %j in one sentence', async (flags, sentence) => {
    await using folder = await openFolder(FILES)
    const args = ['a.har', '--target', 'http://localhost:1', ...flags]

    const ended = await replayCommand(args, { cwd: folder.path })

    expect(ended.stderr.startsWith(sentence), ended.stderr).toBe(true)
    expect([ended.code, ended.stdout]).toEqual([2, ''])
  })
})
