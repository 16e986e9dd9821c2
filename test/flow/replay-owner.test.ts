// Whose the answers of a replay are: told where it is known, and never guessed.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { OwnerChoice, OwnerRule } from '../../src/qa/replay/owner.ts'
import { openFolder } from '../support/folder.ts'
import { startLittleServer } from '../support/little-server.ts'
import {
  type Asked,
  openSite,
  type Page,
  type People,
  SITE_COOKIE,
  talk,
} from '../support/recordings.ts'
import { replay, replayCommand } from '../support/replay.ts'

const PEOPLE: People = {
  alice: { sub: 'alice', name: 'Alice A.' },
  bob: { sub: 'bob', name: 'Bob B.' },
}
const BY_NAME: OwnerRule = { field: '/name', is: 'name' }

/** What everybody is answered when it is their own. */
const profile = (who: string): Page => ({ body: { name: PEOPLE[who]?.name, username: who } })

/** Asks what was recorded as everybody's own profile. */
const ownProfiles = (...who: string[]): Asked[] =>
  who.map((one) => [one, '/api/user', profile(one)])

interface Trial {
  readonly asked: readonly Asked[]
  readonly people?: People
  readonly recorded?: OwnerRule
  readonly owner?: OwnerChoice
  page(who: string, path: string): Page
}

async function tryOut({ asked, people = PEOPLE, recorded, owner, page }: Trial) {
  await using folder = await openFolder({ 'a.har': talk(people, asked, recorded) })
  await using site = await openSite(people, page)
  const { run, counts } = await replay(join(folder.path, 'a.har'), site.url, { owner })
  return { ...run, counts }
}

const byFlag = (rule: OwnerRule, ...paths: string[]): OwnerChoice => ({ rule, paths })

describe('the owner of a replayed answer', () => {
  it('is somebody else where it is who another one is', async () => {
    const { verdict, calls } = await tryOut({
      asked: ownProfiles('alice', 'bob'),
      owner: byFlag(BY_NAME),
      page: () => profile('bob'),
    })

    expect(verdict).toMatchObject({ outcome: 'leak', leaks: 1, verified: 1 })
    expect(calls.find(({ outcome }) => outcome === 'foreign')).toMatchObject({
      user: 'alice',
      owner: 'bob',
    })
  })

  it('is somebody else by the recording, too, where that one has not signed in here', async () => {
    const people = { ...PEOPLE, carol: { sub: 'carol', name: 'Carol C.' } }
    const recording = talk(people, [...ownProfiles('alice'), ['carol', '/api/x']])
    // Carol's sign-in was not recorded whole, and so is left out.
    const cut = recording.replace('"_session":"of-carol"', '"_requestCut":true,$&')
    await using folder = await openFolder({ 'a.har': cut })
    await using site = await openSite(people, () => ({ body: { name: 'Carol C.' } }))

    const owner = byFlag(BY_NAME)
    const done: number[][] = []
    const { run, counts } = await replay(join(folder.path, 'a.har'), site.url, {
      owner,
      onProgress: (...told) => done.push(told.slice(0, 2)),
    })

    expect(counts.skipped).toBe(1)
    // What is left out is done with, too.
    expect(done.at(-1)).toEqual([5, 5])
    expect(run.verdict).toMatchObject({ outcome: 'leak', leaks: 1 })
    expect(run.calls.some(({ owner }) => owner === 'carol')).toBe(true)
  })

  it.each([
    ['a flag', { owner: byFlag({ field: '/name', is: 'sub' }) }, 'set --is name'],
    ['the recording', { recorded: { field: '/name', is: 'sub' } }, 'set --owner /name --is name'],
  ] as const)('is nobody to judge by where a rule of %s never fits', async (_, given, advice) => {
    const { verdict, calls } = await tryOut({
      asked: ownProfiles('alice', 'bob'),
      page: profile,
      ...given,
    })

    expect(verdict).toMatchObject({ outcome: 'unjudged', leaks: 0, verified: 0 })
    expect(verdict.sentence).toBe(
      `COULD NOT JUDGE: no answer was its asker's own: GET /api/user as alice: /name was "Alice A." and the session's sub is "alice": ${advice}.`,
    )
    expect(calls.some(({ marks }) => marks !== undefined)).toBe(false)
  })

  it('says what the session does not say, and what does not stand there', async () => {
    const asked = ownProfiles('alice')
    const email = byFlag({ field: '/name', is: 'email' })
    const nowhere = byFlag({ field: '/id', is: 'sub' })
    const silent = byFlag({ header: 'x-who', is: 'sub' })

    const first = await tryOut({ asked, owner: email, page: profile })
    const second = await tryOut({ asked, owner: nowhere, page: profile })
    const third = await tryOut({ asked, owner: silent, page: profile })

    expect(first.verdict.sentence).toContain('and the session says no email: set --is.')
    expect(second.verdict.sentence).toContain(
      'GET /api/user as alice: there was no /id: set --owner',
    )
    expect(third.verdict.sentence).toContain('there was no header x-who: set --owner')
    expect([first.verdict.outcome, second.verdict.outcome]).toEqual(['unjudged', 'unjudged'])
  })

  it('keeps secrets to itself where it says what it found', async () => {
    const TOKEN = 'opaque-0123456789abcdef0123456789abcdef'
    const { verdict } = await tryOut({
      asked: ownProfiles('alice'),
      owner: byFlag({ field: '/token', is: 'sub' }),
      page: () => ({ body: { token: TOKEN } }),
    })

    expect(verdict.sentence).toContain('/token was {{hidden}} and')
    expect(JSON.stringify(verdict)).not.toContain(TOKEN)
  })

  it('is somebody, though nobody known, where the same question was answered rightly', async () => {
    let nth = 0
    const { verdict, calls } = await tryOut({
      asked: ownProfiles(...Array<string>(50).fill('alice'), 'bob', 'bob'),
      owner: byFlag(BY_NAME),
      page: (who) => (++nth === 51 ? { body: { name: 'Mallory' } } : profile(who)),
    })

    expect(verdict).toMatchObject({ outcome: 'leak', leaks: 1, verified: 51 })
    const leak = calls.find(({ outcome }) => outcome === 'foreign')
    expect(leak).toMatchObject({ user: 'bob', owner: 'somebody else' })
    const [mark] = leak?.marks ?? []
    expect(mark?.owner).toBe('somebody else')
    expect(leak?.response?.body.slice(mark?.at).slice(0, mark?.length)).toBe('Mallory')
  })

  it('is not judged by a rule that was right in the recording alone', async () => {
    const { verdict } = await tryOut({
      asked: ownProfiles('alice', 'bob'),
      owner: byFlag(BY_NAME),
      page: () => ({ body: { name: 'Mallory' } }),
    })

    expect(verdict).toMatchObject({ outcome: 'unjudged', leaks: 0, verified: 0 })
    expect(verdict.sentence).toContain('/name was "Mallory" and the session\'s name is "Alice A."')
  })

  it('is not told by a name that other things have', async () => {
    const { verdict } = await tryOut({
      asked: [...ownProfiles('alice', 'bob'), ['alice', '/api/things/7']],
      owner: byFlag(BY_NAME),
      page: (who, path) => (path === '/api/user' ? profile(who) : { body: { name: 'A chair' } }),
    })

    expect(verdict).toMatchObject({ outcome: 'clean', leaks: 0, verified: 2 })
    expect(verdict.sentence).toContain('2 own reads verified, 1 named nobody who is known.')
  })

  it('is not told by the name of an error', async () => {
    const failed: Page = { status: 500, body: { name: 'TypeError' } }
    const { verdict } = await tryOut({
      asked: [...ownProfiles('alice'), ['alice', '/api/user', failed]],
      owner: byFlag(BY_NAME),
      page: (() => {
        let nth = 0
        return (who: string) => (++nth === 2 ? failed : profile(who))
      })(),
    })

    expect(verdict).toMatchObject({ outcome: 'clean', leaks: 0, verified: 1 })
  })

  it('is asked only beneath the paths it is limited to', async () => {
    const asked: Asked[] = [...ownProfiles('alice', 'bob'), ['alice', '/api/users?page=1']]
    const page = (who: string, path: string) =>
      path === '/api/user' ? profile(who) : { body: { name: 'Bob B.' } }

    const everywhere = await tryOut({ asked, owner: byFlag(BY_NAME), page })
    const limited = await tryOut({ asked, owner: byFlag(BY_NAME, '/api/user'), page })

    expect(everywhere.verdict).toMatchObject({ outcome: 'leak', leaks: 1 })
    expect(limited.verdict).toMatchObject({ outcome: 'clean', leaks: 0, verified: 2 })
  })

  it('is told from the right one of several headers', async () => {
    const { calls } = await tryOut({
      asked: [
        ['alice', '/api/user'],
        ['bob', '/api/user'],
      ],
      owner: byFlag({ header: 'x-user', is: 'sub' }),
      page: () => ({ headers: { 'x-friend': 'by bob', 'x-user': 'bob' } }),
    })

    const leak = calls.find(({ outcome }) => outcome === 'foreign')
    const headers = leak?.response?.headers ?? []
    expect(leak?.marks).toEqual([
      { owner: 'bob', in: 'header', header: headers.indexOf('x-user') + 1, at: 0, length: 3 },
    ])
  })

  it('is asked of sign-ins, which must not be answered as another one', async () => {
    await using folder = await openFolder({ 'a.har': talk(PEOPLE, []) })
    const bob = { sub: 'bob', name: 'Bob B.' }
    await using site = await openSite({ alice: bob, bob }, profile)

    const { run } = await replay(join(folder.path, 'a.har'), site.url)

    expect(run.verdict).toMatchObject({ outcome: 'leak', leaks: 1 })
  })
})

describe('a replay without an owner', () => {
  it('is as recorded and no more, exit 2, and says what to give', async () => {
    const asked = ownProfiles('alice', 'bob')
    await using folder = await openFolder({
      'a.har': talk(PEOPLE, asked),
      'people.csv': 'name,password\nalice,secret\nbob,secret\n',
    })
    await using site = await openSite(PEOPLE, profile)
    const args = ['a.har', '--target', site.url, '--passwords', 'people.csv']

    const ended = await replayCommand(args, { cwd: folder.path })

    expect(ended.stdout).toContain(
      'AS RECORDED: 4 answers are as recorded. Whose they are was not checked: give --owner /name --is name --owner-path /api/user (it fits 2 answers), or --owner none.',
    )
    expect(ended.code).toBe(2)

    const flags = ['--owner', '/name', '--is', 'name', '--owner-path', '/api/user']
    const checked = await replayCommand([...args, ...flags], { cwd: folder.path })
    expect(checked.stdout).toContain('CLEAN: 4 answers are as recorded. 2 own reads verified.')
    expect(checked.code).toBe(0)

    const none = await replayCommand([...args, '--owner', 'none'], { cwd: folder.path })
    expect(none.stdout).toContain(
      'AS RECORDED: 4 answers are as recorded. Whose they are was not checked.',
    )
    expect(none.code).toBe(0)
  })

  it('lists who got what of whom, in the terminal', async () => {
    const people = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [`p${n}`, { sub: `p${n}` }]),
    )
    const names = Object.keys(people)
    const rule: OwnerRule = { field: '/username', is: 'sub' }
    await using folder = await openFolder({
      'a.har': talk(
        people,
        names.map((name) => [name, '/api/user?q=1', profile(name)]),
        rule,
      ),
      'people.csv': `name,password\n${names.map((name) => `${name},secret\n`).join('')}`,
    })
    await using site = await openSite(people, () => profile('p0'))
    const args = ['a.har', '--target', site.url, '--passwords', 'people.csv']

    const { stdout, code } = await replayCommand(args, { cwd: folder.path })

    expect(code).toBe(1)
    expect(stdout).toContain('LEAK: 29 of 60 answers belonged to someone else.')
    expect(stdout).toContain('Belonged to someone else\n  31  p1 GET /api/user?q=1  → p0')
    expect(stdout).toContain('  and 9 more (--json has all)')
  })
})

describe('what is no gateway', () => {
  const CASES: ReadonlyArray<readonly [string, Page, string]> = [
    ['a plain web server', { headers: { 'content-type': 'text/html' } }, '200 (text/html)'],
    ['an API of its own', { body: { token: 'x' } }, '200 (application/json)'],
    ['an API that refuses', { status: 401, body: { error: 'no' } }, '401 (application/json)'],
    [
      'a page that leads to one',
      { status: 303, headers: { 'content-type': 'text/html' } },
      '303 (text/html)',
    ],
  ]

  it.each(CASES)('cannot be judged, and is named: %s', async (_, page, said) => {
    await using folder = await openFolder({ 'a.har': talk(PEOPLE, ownProfiles('alice')) })
    const { status = 200, headers = {}, body = {} } = page
    await using site = await startLittleServer(() => [status, body as object, headers])

    const played = replay(join(folder.path, 'a.har'), site.url)

    await expect(played).rejects.toThrow(
      `${site.url} is no gateway: it answered alice's sign-in with ${said} and GET /auth/session with ${said}`,
    )
  })

  it('is told from a gateway that passes on how its upstream refuses', async () => {
    await using folder = await openFolder({ 'a.har': talk(PEOPLE, ownProfiles('alice')) })
    const nobody = { authenticated: false, state: 'absent', signIn: [] }
    await using site = await startLittleServer(({ url }) =>
      url === '/auth/session' ? [200, nobody] : [401, { error: 'no' }],
    )

    const played = replay(join(folder.path, 'a.har'), site.url)

    await expect(played).rejects.toThrow(
      "alice's sign-in was refused (401): look at the password for alice",
    )
  })

  it('is told from a gateway at which nobody is signed in afterwards', async () => {
    await using folder = await openFolder({ 'a.har': talk(PEOPLE, ownProfiles('alice')) })
    const nobody = { authenticated: false, state: 'absent', signIn: [] }
    await using site = await startLittleServer(() => [200, nobody])

    const played = replay(join(folder.path, 'a.har'), site.url)

    await expect(played).rejects.toThrow(
      "alice's sign-in was answered 200, and nobody is signed in after it",
    )
  })
})

describe('the reports of a replay', () => {
  it('hold no password, cookie or token', async () => {
    const PASSWORD = 'correct-horse-battery-staple'
    const JWT = `eyJhbGciOiJIUzI1NiJ9.${'a'.repeat(40)}.${'b'.repeat(40)}`
    const page = (who: string, _: string, cookie: string): Page => ({
      headers: { 'x-auth-token': JWT, 'set-cookie': `up=${'u'.repeat(40)}` },
      body: { username: 'bob', note: `${PASSWORD} ${JWT} ${cookie}`, pin: '4711', who },
    })
    await using folder = await openFolder({
      'a.har': talk(PEOPLE, ownProfiles('alice', 'bob')),
      'people.csv': `name,password\nalice,${PASSWORD}\nbob,${PASSWORD}\n`,
    })
    await using site = await openSite(PEOPLE, page)
    const flags = ['--owner', '/username', '--compare', '/note,/pin,/username']
    const files = ['--json', 'a.json', '--html', 'a.html', '--passwords', 'people.csv']

    const ended = await replayCommand(['a.har', '--target', site.url, ...flags, ...files], {
      cwd: folder.path,
    })

    expect(ended.code).toBe(1)
    const json = await readFile(join(folder.path, 'a.json'), 'utf8')
    expect(JSON.parse(json).calls).toHaveLength(4)
    const html = await readFile(join(folder.path, 'a.html'), 'utf8')
    const packed = /id="run"[^>]*>([^<]+)/.exec(html)?.[1] ?? ''
    const unpacked = gunzipSync(Buffer.from(packed, 'base64')).toString()
    expect(unpacked).toContain('/api/user')
    for (const text of [ended.stdout, json, html, unpacked]) {
      for (const secret of [PASSWORD, JWT, '4711', SITE_COOKIE, 'u'.repeat(40)]) {
        expect(text.includes(secret), secret).toBe(false)
      }
    }
  })
})
