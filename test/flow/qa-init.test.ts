// A tester before a service that is new to him: what the commands write, and what they say where it will not do.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { createCertificate } from '../support/certificate.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { type Answer, startLittleServer } from '../support/little-server.ts'
import { runIn } from '../support/program.ts'

// Some commands each, and a run that may take the half minute that its target has.
vi.setConfig({ testTimeout: 180_000 })

it('the demo is found clean by the two commands alone', async () => {
  await using folder = await openFolder()
  await using demo = await startCommand(['demo', '--port', '0'], { cwd: folder.path })
  const url = `http://localhost:${demo.port}`

  const init = await runCommand(['qa', 'init', url], { cwd: folder.path })
  const leaks = await runCommand(['qa', 'leaks'], { cwd: folder.path })

  expect(init.stdout).toBe('Wrote target.yaml. Try it with: coatcheck qa leaks target.yaml\n')
  expect(leaks).toMatchObject({ code: 0, stderr: '' })
  expect(leaks.stdout).toMatch(/^\nCLEAN: all \d+ answers belonged to whoever asked/)
})

it('a service with an OAuth2 password flow is tried by what its description says alone', async () => {
  const document = {
    openapi: '3.1.0',
    paths: {
      '/v1/token': { post: { responses: { 200: { description: 'A token' } } } },
      '/v1/users/me': { get: { security: [{ flow: [] }], responses: { 200: {} } } },
    },
    components: {
      securitySchemes: {
        flow: { type: 'oauth2', flows: { password: { tokenUrl: '/v1/token', scopes: {} } } },
      },
    },
  }
  await using server = await startLittleServer(({ method, url, headers }, body) => {
    if (url === '/openapi.json') return [200, document]
    if (`${method} ${url}` === 'POST /v1/token') {
      const { grant_type, username, password } = Object.fromEntries(new URLSearchParams(body))
      const isRight = grant_type === 'password' && password === `password-of-${username}`
      return isRight ? [200, { access_token: `token-of-${username}` }] : [400, {}]
    }
    const [, username] = /^Bearer token-of-(\w+)$/.exec(headers.authorization ?? '') ?? []
    if (url !== '/v1/users/me') return [404, {}]
    return username ? [200, { username }] : [401, {}]
  })
  await using folder = await openFolder()
  const env = { ALICE_PASSWORD: 'password-of-alice', BOB_PASSWORD: 'password-of-bob' }

  const init = await runIn({ cwd: folder.path }, 'qa', 'init', server.url)
  const leaks = await runIn({ cwd: folder.path, env }, 'qa', 'leaks')

  expect(init.stdout).toBe(
    'Wrote target.yaml. Fill in users, check whoami (a guess), then: coatcheck qa leaks target.yaml\n',
  )
  expect(leaks).toMatchObject({ code: 0, stderr: '' })
  expect(leaks.stdout).toMatch(/^\nCLEAN/)
})

describe('coatcheck qa leaks says in a sentence, and ends with 2, where', () => {
  it.each([
    [
      ['http://localhost:5000'],
      'http://localhost:5000 is an address, and leaks takes a target file: write one first with "coatcheck qa init http://localhost:5000".\n',
    ],
    [
      ['localhost:5000/api'],
      'localhost:5000/api is an address, and leaks takes a target file: write one first with "coatcheck qa init http://localhost:5000/api".\n',
    ],
    [
      [],
      'target.yaml: the target file cannot be read: there is no such file; "coatcheck qa init URL" writes one\n',
    ],
    [
      ['none.yaml'],
      'none.yaml: the target file cannot be read: there is no such file; "coatcheck qa init URL" writes one\n',
    ],
    [
      ['there.yaml', '--html', 'none/leaks.html'],
      '--html: there is no folder for none/leaks.html: make it first, or choose another.\n',
    ],
    [['there.yaml', '--seed', 'x'], '--seed takes a whole number from 0 to 4294967295.\n'],
    [['there.yaml', '--jsn', 'x'], "error: unknown option '--jsn'\n(Did you mean --json?)\n"],
    [
      ['--allow-host', 'staging.example.org', 'none.yaml'],
      'none.yaml: the target file cannot be read: there is no such file; "coatcheck qa init URL" writes one\n',
    ],
  ])('it is told %j', async (args, sentence) => {
    await using folder = await openFolder({ 'there.yaml': 'target: http://localhost:5000\n' })

    const ran = await runIn({ cwd: folder.path }, 'qa', 'leaks', ...args)

    expect(ran).toEqual({ code: 2, stdout: '', stderr: sentence })
  })

  const WELCOME: Answer = [200, {}, { 'set-cookie': 'sid=0123456789abcdef; Path=/' }]
  it.each<readonly [string, { login: Answer; user: Answer }, string]>([
    ['the rate is limited', { login: [429, ''], user: [401, {}] }, 'the target limits the rate'],
    [
      'it is redirected',
      { login: [302, '', { location: 'https://sso.example.org/?a=secret' }], user: [401, {}] },
      'redirected alice to https://sso.example.org/; leaks follows redirects within',
    ],
    ['it gets HTML', { login: WELCOME, user: [200, '<h1>Hello</h1>'] }, 'with HTML, not JSON'],
    [
      'nobody tells who one is',
      { login: WELCOME, user: [200, { ok: true }] },
      'whoami answered 200 but /username was missing for alice (it has /ok); set whoami.owner.',
    ],
    ['the name is wrong', { login: [421, ''], user: [421, ''] }, 'it does not know itself as 127'],
    [
      'a CSRF token is wanted',
      { login: [403, '<h1>CSRF verification failed</h1>'], user: [401, {}] },
      'it wants a CSRF token of a page that it served before',
    ],
    [
      'a second factor is wanted',
      { login: [200, { status: 'mfa_required' }], user: [401, {}] },
      'wants a second factor, which leaks cannot give',
    ],
  ])('%s', async (_name, { login, user }, sentence) => {
    await using server = await startLittleServer(({ method, headers }) => {
      if (method === 'POST') return login
      return headers.cookie === undefined ? [401, {}] : user
    })
    await using folder = await openFolder({ 'target.yaml': targetAt(server.url) })

    const ran = await runIn({ cwd: folder.path }, 'qa', 'leaks')

    expect(ran).toMatchObject({ code: 2, stderr: '' })
    const [first = ''] = ran.stdout.trim().split('\n')
    expect(first).toMatch(/^COULD NOT JUDGE: .*\.$/)
    expect(first).toContain(sentence)
    expect(first).not.toContain('secret')
  })

  it('a certificate is not trusted, and goes on once it is', async () => {
    const certificate = await createCertificate()
    await using server = await startLittleServer(
      ({ url, headers }, body) => {
        const name = /alice|bob/.exec(url === '/login' ? body : (headers.cookie ?? ''))?.[0]
        if (name === undefined) return [401, {}]
        const cookie = `sid=session-of-${name}; Path=/; Secure`
        return [200, { username: name }, url === '/login' ? { 'set-cookie': cookie } : {}]
      },
      { certificate },
    )
    await using folder = await openFolder({
      'target.yaml': `${targetAt(server.url)}requests: 3\n`,
      'ca.pem': certificate.cert,
    })

    const before = await runCommand(['qa', 'leaks'], { cwd: folder.path })
    const init = await runIn({ cwd: folder.path }, 'qa', 'init', server.url, '--force')
    const env = { NODE_EXTRA_CA_CERTS: join(folder.path, 'ca.pem') }
    const after = await runCommand(['qa', 'leaks'], { cwd: folder.path, env })

    expect(before.code).toBe(2)
    expect(before.stdout).toMatch(/its certificate is not trusted, .* set NODE_EXTRA_CA_CERTS/)
    expect(init.stderr).toMatch(/did not answer: its certificate is not trusted, .* set NODE_EXTRA/)
    expect(after.stdout).toMatch(/^\nCLEAN/)
  })
})

describe('coatcheck qa init', () => {
  it.each<readonly [string, Answer, RegExp]>([
    [
      'goes by another name',
      [421, {}],
      /\nhttp:\/\/127.0.0.1:\d+ answered 421: it does not know itself by that name; give the URL/,
    ],
    ['fails', [503, {}], /\nhttp:\/\/127.0.0.1:\d+ answers 503 to everything: mend that first/],
  ])('refuses a service that %s', async (_name, answer, sentence) => {
    await using server = await startLittleServer(() => answer)
    await using folder = await openFolder()

    const ran = await runIn({ cwd: folder.path }, 'qa', 'init', server.url)

    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(sentence)
  })

  it('names the address that everything is redirected to', async () => {
    await using server = await startLittleServer(({ url }) => {
      return [308, '', { location: `https://app.example.org${url}` }]
    })
    await using folder = await openFolder()

    const ran = await runIn({ cwd: folder.path }, 'qa', 'init', server.url)

    expect(ran.stderr).toBe(
      `Looking at ${server.url}, for 20 seconds at most.
${server.url} redirects everything to https://app.example.org: give that as the URL.\n`,
    )
  })

  it('says what is left to fill in where nothing is to be seen', async () => {
    await using server = await startLittleServer(() => [401, {}])
    await using folder = await openFolder()

    const ran = await runIn({ cwd: folder.path }, 'qa', 'init', server.url)

    expect(ran).toMatchObject({
      code: 0,
      stdout:
        'Wrote target.yaml. Fill in signIn, whoami and users, check carry (a guess), then: coatcheck qa leaks target.yaml\n',
    })
    expect(await readFile(join(folder.path, 'target.yaml'), 'utf8')).toContain(
      '# How a user signs in: a guess: correct it\n',
    )
  })

  it('refuses at once, asking nothing, where the file cannot be written', async () => {
    await using server = await startLittleServer(() => [404, {}])
    await using folder = await openFolder({ 'there.yaml': '' })
    const saidFor = async (...flags: string[]) => {
      const ran = await runIn({ cwd: folder.path }, 'qa', 'init', server.url, ...flags)
      expect(ran).toMatchObject({ code: 2, stdout: '' })
      return ran.stderr
    }

    expect(await saidFor('-o', 'there.yaml')).toBe(
      'there.yaml is there already: choose another with --out, or write over it with --force.\n',
    )
    expect(await saidFor('-o', 'none/at/x.yaml')).toBe(
      'none/at/x.yaml cannot be written: the folder none/at does not exist.\n',
    )
    expect(await saidFor('-o', 'there.yaml/x.yaml')).toBe(
      'there.yaml/x.yaml cannot be written: there.yaml is not a folder.\n',
    )
    expect(await saidFor('-o', '.', '--force')).toBe('. cannot be written: it is a directory.\n')
    expect(server.asked).toEqual([])
  })

  it('takes a host that is allowed, wherever that is written', async () => {
    await using folder = await openFolder()
    await writeFile(join(folder.path, 'there.yaml'), '')
    const url = 'http://nowhere.invalid'
    const allow = ['--allow-host', 'nowhere.invalid', '--allow-host', 'other.invalid']

    const ran = await runIn({ cwd: folder.path }, 'qa', 'init', ...allow, url)

    expect(ran.stderr).toContain(
      '\nhttp://nowhere.invalid did not answer: the host name nowhere.invalid is not known; correct the address.\n',
    )
  })
})

function targetAt(url: string): string {
  return `
target: ${url}
signIn: { post: /login, json: { username: "{name}", password: "{password}" } }
whoami: { get: /user, owner: /username }
users: [{ name: alice, password: a }, { name: bob, password: b }]
`
}
