// A target file with mistakes: every one at once, with its place and its mend; without, what it comes to.
import { describe, expect, it } from 'vitest'
import { formatProblem } from '../../../src/config/problems.ts'
import { loadTarget } from '../../../src/qa/leaks/load-target.ts'
import { openFolder } from '../../support/folder.ts'
import { targetFrom } from '../../support/leaks.ts'

const SOUND = `
target: http://localhost:5000
signIn: { post: /login, json: { username: "{name}", password: "{password}" } }
carry: cookies
whoami: { get: /user, owner: /username, is: "{name}" }
users: [{ name: alice, password: a }, { name: bob, password: b }]
`

describe('a target file', () => {
  it('as short as the docs have it is enough', async () => {
    const target = await targetFrom(SOUND)

    expect(target).toMatchObject({
      origin: 'http://localhost:5000',
      base: '',
      signIn: { method: 'POST', path: '/login' },
      carry: { kind: 'cookies' },
      whoami: { path: '/user', owner: { pointer: '/username' }, is: '{name}' },
      rate: undefined,
      seed: 1,
      timeouts: { totalMs: 30_000 },
    })
    expect(target.users.map(({ name }) => name)).toEqual(['alice', 'bob'])
  })

  it('is told all its mistakes at once, each with line, column and mend', async () => {
    const told = await problemsOf(`
targit: http://localhost:5000
signIn: { post: login, json: { username: "{name}", password: "{pasword}" } }
carry: cookie
whoami: { get: /user, owner: username }
users: [{ name: alice, password: a }, { name: alice, password: b }]
requests: many
timeouts: { total: 30 }
`)

    expect(told).toEqual([
      'target.yaml:2:1 targit: is not a known setting (did you mean target)',
      'target.yaml:3:9 signIn: {pasword} is a field that no user has (did you mean {password})',
      'target.yaml:3:17 signIn.post: must be a path of the target: it starts with one slash',
      'target.yaml:4:8 carry: must be cookies, { bearer: /access_token } or { header: X-Token, from: /token }',
      expect.stringMatching(/^target.yaml:5:30 whoami.owner: must be a JSON Pointer/),
      'target.yaml:6:47 users[1].name: user 2 has a name that another has',
      'target.yaml:7:11 requests: must be a whole number',
      expect.stringMatching(/^target.yaml:8:20 timeouts.total: /),
    ])
  })

  it.each([
    [
      '{ post: /login, json: { u: "{name}", p: "{pasword}" } }',
      '{pasword} is a field that no user has (did you mean {password})',
    ],
    ['{ post: /login, get: /login }', 'must have exactly one of get, post, put, delete'],
    ['{ json: { u: x } }', 'must have exactly one of get, post, put, delete'],
    ['{ post: /login, json: { a: b }, form: { a: b } }', 'stands beside json: keep one of the two'],
  ])('is refused with signIn: %s', async (signIn, complaint) => {
    const told = await problemsOf(SOUND.replace(/^signIn: .*$/m, `signIn: ${signIn}`))

    expect(told).toHaveLength(1)
    expect(told[0]).toContain(complaint)
  })

  it.each([
    [
      'users: [{ name: alice, password: a }]',
      /^target.yaml:6:8 users: names one user, and a leak needs two at least: add another$/,
    ],
    ['users: []', /^target.yaml:6:8 users: names nobody, and a leak needs two at least/],
    [
      'users: [{ name: visitor, password: a }, { name: bob, password: b }]',
      /visitor is who never signs in/,
    ],
    ['users: { csv: none.csv }', /users.csv: cannot be read: there is no such file/],
    [
      'users: nobody',
      /must be a list of two users or more, \{ csv: users.csv \}, \{ personas: coatcheck.yaml \} or personas/,
    ],
    ['users: { personas: none.yaml }', /users.personas: cannot be read: there is no such file/],
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the file
      'users: [{ name: alice, password: "${NOT_SET}" }, { name: bob, password: b }]',
      /the variable NOT_SET is not set/,
    ],
  ])('is refused with %s', async (users, complaint) => {
    const told = await problemsOf(SOUND.replace(/^users: .*$/m, users))

    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(complaint)
  })

  it.each([
    [
      'users',
      '[{ name: alice, password: a }, { nam: bob, password: b }]',
      ['6:39 users[1].name: is missing, and there is nam (did you mean name)'],
    ],
    [
      'users',
      '[alice, { name: bob, password: b }]',
      ['6:9 users[0]: must be { name: alice, password: … }'],
    ],
    ['reads', 'notes', ['7:8 reads: must be a list of paths, such as [/notes, /orders]']],
    [
      'allowHosts',
      'a',
      ['7:13 allowHosts: must be a list of hosts, such as [staging.example.org]'],
    ],
    ['whoami', '/user', ['5:9 whoami: must be { get: /user, owner: /username }']],
    ['carry', '{ bearer: /token', ['4:8: this brace is not closed: write } where it ends']],
    [
      'signIn',
      '{ post: /login, json: { name: {name}, password: "{password}" } }',
      ['3:39 signIn.json.name: between braces, {name} needs quotes: "{name}"'],
    ],
    [
      'whoami',
      '{ get: /user, owner: /username, is: {name} }',
      ['5:45 whoami.is: between braces, {name} needs quotes: "{name}"'],
    ],
  ])('with %s: %s says what to write there, and no more', async (name, value, sentences) => {
    const line = new RegExp(`^${name}: .*$`, 'm')
    const yaml = line.test(SOUND)
      ? SOUND.replace(line, () => `${name}: ${value}`)
      : `${SOUND}${name}: ${value}\n`

    expect(await problemsOf(yaml)).toEqual(sentences.map((one) => `target.yaml:${one}`))
  })

  it('may leave a setting empty that has a default', async () => {
    expect(await targetFrom(`${SOUND}mix:\n  reads:\n`)).toMatchObject({ mix: { reads: 3 } })
  })

  it('never repeats a password, whatever is wrong', async () => {
    const told = await problemsOf(
      SOUND.replace(
        /^users: .*$/m,
        'users: [{ name: a, password: [hunter2secret] }, hunter2secret]',
      ),
    )

    expect(told.length).toBeGreaterThan(0)
    expect(told.join()).not.toContain('hunter2secret')
  })

  it('takes passwords from variables', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the file
    const yaml = SOUND.replace('password: a', 'password: "${ALICE_PASSWORD}"')

    const target = await targetFrom(yaml, { env: { ALICE_PASSWORD: 'from outside' } })

    expect(target.users[0]?.fields.password).toBe('from outside')
  })

  it('takes users from a CSV file beside it, with any further columns', async () => {
    await using folder = await openFolder({
      'target.yaml': SOUND.replace(/^users: .*$/m, 'users: { csv: users.csv }').replace(
        'is: "{name}"',
        'is: "{number}"',
      ),
      'users.csv': 'name,password,number\n# a comment\nalice,"a, b",17\nbob,b,18\n',
    })

    const loaded = await loadTarget({ file: 'target.yaml', cwd: folder.path, env: {} })

    expect(loaded).toMatchObject({
      ok: true,
      target: {
        users: [
          { name: 'alice', fields: { password: 'a, b', number: '17' } },
          { name: 'bob', fields: { number: '18' } },
        ],
      },
    })
  })

  it('takes the people of the demo, with what the demo calls them', async () => {
    const target = await targetFrom(SOUND.replace(/^users: .*$/m, 'users: personas'))

    expect(target.users.map(({ name }) => name)).toEqual(['alice', 'bob', 'carol', 'dave'])
    expect(target.users[0]?.fields).toMatchObject({ username: 'alice', fullName: 'Alice Ashby' })
  })

  it('takes the personas of a configuration, of which nothing else need be whole', async () => {
    await using folder = await openFolder({
      'qa/target.yaml': fromPersonas('../coatcheck.yaml'),
      'coatcheck.yaml': `
upstream: "\${NOT_SET_HERE}"
qa:
  personas:
    alice: { password: "\${ALICE_PW}", fields: { tenant: north } }
    bob: { username: bob@example.org, password: { file: bob.secret } }
`,
      'bob.secret': 'b\n',
    })

    const loaded = await loadTarget({
      file: 'qa/target.yaml',
      cwd: folder.path,
      env: { ALICE_PW: 'a' },
    })

    expect(loaded).toMatchObject({
      ok: true,
      target: {
        users: [
          { name: 'alice', fields: { username: 'alice', password: 'a', tenant: 'north' } },
          { name: 'bob', fields: { username: 'bob@example.org', password: 'b' } },
        ],
      },
    })
  })

  it.each([
    ['upstream: http://localhost', /^target.yaml:6:20 users.personas: has no qa.personas/],
    [
      'qa: { personas: { alice: { password: a } } }',
      /^target.yaml:6:20 users.personas: names one user, and a leak needs two at least/,
    ],
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the file
      'qa:\n  personas:\n    alice: { password: "${ALICE_PW}" }',
      /^coatcheck.yaml:3:24 qa.personas.alice.password: the variable ALICE_PW is not set/,
    ],
    [
      'qa: { personas: { alice: { pasword: hunter2secret } } }',
      /^coatcheck.yaml:1:28 qa.personas.alice.pasword: is not a known setting \(did you mean password\)$/,
    ],
    ['qa: { personas: { alice: [', /^coatcheck.yaml:1:\d+: /],
  ])('is told what is wrong with a configuration of %j', async (yaml, complaint) => {
    await using folder = await openFolder({
      'target.yaml': fromPersonas('coatcheck.yaml'),
      'coatcheck.yaml': yaml,
    })

    const loaded = await loadTarget({ file: 'target.yaml', cwd: folder.path, env: {} })

    const told = loaded.ok ? [] : loaded.problems.map(formatProblem)
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(complaint)
    expect(told[0]).not.toContain('hunter2secret')
  })

  it('goes slowly elsewhere than on this machine', async () => {
    const target = await targetFrom(
      SOUND.replace('http://localhost:5000', 'https://qa.example.org'),
    )

    expect(target.rate).toBe(50)
  })
})

function fromPersonas(file: string): string {
  return SOUND.replace(/^users: .*$/m, `users: { personas: ${file} }`)
}

async function problemsOf(yaml: string): Promise<string[]> {
  await using folder = await openFolder({ 'target.yaml': yaml })
  const loaded = await loadTarget({ file: 'target.yaml', cwd: folder.path, env: {} })
  return loaded.ok ? [] : loaded.problems.map(formatProblem)
}
