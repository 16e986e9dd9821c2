// Whatever stands in a target file or beside it: it is taken as it is meant, or complained of; nothing throws.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Document, parse } from 'yaml'
import { formatProblem } from '../../../src/config/problems.ts'
import { loadTarget } from '../../../src/qa/leaks/load-target.ts'
import { usersFromCsv } from '../../../src/qa/leaks/users-csv.ts'
import { openFolder } from '../../support/folder.ts'
import { targetFrom } from '../../support/leaks.ts'

const SOUND = `
target: http://localhost:5000
headers: { x-a: b }
signIn: { post: /login, json: { username: "{name}", password: "{password}" } }
signOut: { post: /logout, headers: { x-c: d } }
whoami: { get: /user, owner: /username, is: "{name}" }
reads: [/notes]
users: [{ name: alice, password: a }, { name: bob, password: b }]
`

describe('a target file', () => {
  it('may say of a user what it said of another', async () => {
    const { users } = await targetFrom(
      SOUND.replace(
        '[{ name: alice, password: a }, { name: bob, password: b }]',
        '[&some { name: alice, password: a, team: red }, { <<: *some, name: bob }]',
      ),
    )

    expect(users.map(({ fields }) => fields)).toEqual([
      { name: 'alice', password: 'a', team: 'red' },
      { name: 'bob', password: 'a', team: 'red' },
    ])
  })

  it.each([
    ['{ <<: 5, name: bob }', /^target.yaml:\d+:\d+: .* has a << that is no mapping$/],
    ['{ "<<": { name: x }, name: bob }', /./],
    ['{ name: bob, "e mail": { a: 1 } }', /users\[1\]\["e mail"\]: is not a usable name/],
  ])('whose second user is %s is refused, and nothing throws', async (user, complaint) => {
    const told = await toldOf(SOUND.replace('{ name: bob, password: b }', user))

    expect(told.join('\n')).toMatch(complaint)
  })

  it('never throws, whatever stands in the place of anything', async () => {
    const odd = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        true,
        -1,
        1e300,
        '',
        '{name}',
        '{',
        '<<',
        '{nobody}',
        '\u0000',
      ),
      fc.constantFrom<unknown>([], {}, [[]], [{}], { name: { a: [1] } }, { '<<': { b: {} } }),
      fc.constantFrom<unknown>({ ['__proto__']: 1 }, { 'a b': { c: 1 } }, { csv: 'none.csv' }),
      fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text) as unknown),
    )
    const keys = fc.constantFrom(
      '__proto__',
      'constructor',
      '<<',
      'a b',
      '',
      'name',
      'x'.repeat(80),
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(), odd, fc.option(keys), async (at, value, key) => {
        const loaded = await load(mutated(at, value, key ?? undefined))

        if (!loaded.ok) {
          expect(loaded.problems.length).toBeGreaterThan(0)
          return
        }
        const { target } = loaded
        const texts = [target.headers, target.signIn.headers, target.signOut?.headers ?? {}]
        for (const fields of [...texts, ...target.users.map((user) => user.fields)]) {
          expect(Object.values(fields).filter((text) => typeof text !== 'string')).toEqual([])
        }
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['UTF-16', Buffer.from(`\ufeff${SOUND}`, 'utf16le')],
    ['UTF-16 without a mark', Buffer.from(SOUND, 'utf16le')],
    ['Latin-1', Buffer.from(SOUND.replaceAll('alice', 'alicé'), 'latin1')],
  ])('in %s is asked for in UTF-8', async (_name, bytes) => {
    expect(await toldOf(bytes)).toEqual([
      'target.yaml: is not UTF-8 (UTF-16, as the > of PowerShell writes it, or an older set of characters); save it as UTF-8',
    ])
  })

  it('with a byte order mark of UTF-8 is as good as without', async () => {
    const loaded = await load(Buffer.from(`\ufeff${SOUND}`))

    expect(loaded.ok).toBe(true)
  })

  it('whose CSV is UTF-16 says so', async () => {
    await using folder = await openFolder({
      'target.yaml': SOUND.replace(/users: .*/, 'users: { csv: users.csv }'),
      'users.csv': Buffer.from('\ufeffname,password\nalice,a\nbob,b\n', 'utf16le'),
    })
    const loaded = await loadTarget({ file: 'target.yaml', cwd: folder.path, env: {} })

    expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([
      expect.stringMatching(/^target.yaml:\d+:\d+ users.csv: is not UTF-8/),
    ])
  })
})

describe('users in a CSV file', () => {
  const rows = [
    { name: 'alice', password: 'a,b' },
    { name: 'bob', password: 'c' },
  ]
  it.each([
    ['commas', 'name,password\nalice,"a,b"\nbob,c\n'],
    ['semicolons', 'name;password\nalice;a,b\nbob;c\n'],
    ['tabs', '\ufeff# people\nname\tpassword\nalice\ta,b\nbob\tc\n'],
  ])('may be parted by %s', (_name, text) => {
    expect(usersFromCsv(text)).toEqual({ ok: true, rows })
  })

  it.each([
    ['name,password\nalice,"a\nbob,b\n', 'has a quote in line 2 that is not closed'],
    [
      'name,password\nalice,a\nbob,"b"c\n',
      'has a stray quote in line 3: quote the whole field, and write a quote in it twice',
    ],
    [
      'name,password\nalice,a\nbob\n',
      'is not CSV in line 3: each line needs as many fields as the first',
    ],
  ])('%j is told in its line', (text, complaint) => {
    expect(usersFromCsv(text)).toEqual({ ok: false, complaint })
  })
})

async function load(text: string | Buffer) {
  await using folder = await openFolder({ 'target.yaml': text })
  return await loadTarget({ file: 'target.yaml', cwd: folder.path, env: {} })
}

async function toldOf(text: string | Buffer): Promise<string[]> {
  const loaded = await load(text)
  return loaded.ok ? [] : loaded.problems.map(formatProblem)
}

/** The sound file with something else in one place, or with one more key there. */
function mutated(at: number, value: unknown, key: string | undefined): string {
  const root = parse(SOUND) as Record<string, unknown>
  const places: Array<readonly [holder: Record<string, unknown>, key: string]> = []
  const walk = (holder: Record<string, unknown>) => {
    for (const [name, inner] of Object.entries(holder)) {
      places.push([holder, name])
      if (typeof inner === 'object' && inner !== null) walk(inner as Record<string, unknown>)
    }
  }
  walk(root)
  const [holder, name] = places[at % places.length] ?? [root, 'target']
  Object.defineProperty(holder, Array.isArray(holder) ? name : (key ?? name), {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
  return String(new Document(root))
}
