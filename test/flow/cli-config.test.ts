import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import type { CommandIo } from '../../src/cli/io.ts'
import * as keygen from '../../src/cli/keygen.ts'
import * as routes from '../../src/cli/routes.ts'
import * as validate from '../../src/cli/validate.ts'

const KEY = Buffer.alloc(32, 7).toString('base64url')
const YAML = `publicOrigin: https://app.example.org
cookie: { keys: "\${KEY}" }
providers:
  crm:
    kind: password
    signIn: { url: "https://crm.example.org/login?key=canary", also: /api/login }
routes:
  - { prefix: /, upstream: https://www.example.org, auth: public }
  - { prefix: /api, upstream: https://crm.example.org/v1 }
  - { prefix: /api/long/one, upstream: https://crm.example.org/v2, auth: optional }
  - { path: /api/register, upstream: https://crm.example.org/register/, auth: public }
`

/** Runs one command line in a directory of its own, and tells what came of it. */
async function run(
  line: string,
  { files = {}, env = {}, isTty = false }: Partial<RunOptions> = {},
) {
  const cwd = await mkdtemp(join(tmpdir(), 'coatcheck-cli-'))
  const out: string[] = []
  const err: string[] = []
  const codes: number[] = []
  const io: CommandIo = {
    env,
    cwd,
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    exit: (code) => void codes.push(code),
    isTty,
  }
  const program = new Command().exitOverride()
  for (const { register } of [keygen, routes, validate]) register(program, io)
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text)
    await program.parseAsync(line.split(' '), { from: 'user' })
    return { out: out.join(''), err: err.join(''), codes, left: (await readdir(cwd)).toSorted() }
  } finally {
    await rm(cwd, { recursive: true })
  }
}

interface RunOptions {
  files: Readonly<Record<string, string>>
  env: Readonly<Record<string, string>>
  isTty: boolean
}

describe('coatcheck validate', { timeout: 60_000 }, () => {
  it('says in one line that a configuration is fine', async () => {
    const done = await run('validate', { files: { 'coatcheck.yaml': YAML }, env: { KEY } })

    expect(done).toEqual({
      out: 'coatcheck.yaml ok: https://app.example.org, 4 routes, 1 provider, sessions in sqlite\n',
      err: '',
      codes: [],
      left: ['coatcheck.yaml'],
    })
  })

  it('tells the warnings, each with its mend', async () => {
    const env = { KEY, REDIS_URL: 'redis://x' }
    const files = { 'coatcheck.yaml': `${YAML}store: { kind: memory }\n` }

    const done = await run('validate', { files, env })

    expect(done.out.split('\n').slice(1)).toEqual([
      '! REDIS_URL is set and not used, because store is written; unset it',
      '',
    ])
  })

  it('tells every problem on stderr and exits with 2', async () => {
    const files = { 'c.yaml': `${YAML}session: { idle: 30 }\nsiblings: 2\n` }

    const done = await run('validate --config c.yaml', { files })

    expect(done.out).toBe('')
    expect(done.codes).toEqual([2])
    expect(done.err.split('\n')).toEqual([
      `c.yaml:2:17 cookie.keys: the variable KEY is not set (or write \${KEY:-default})`,
      'c.yaml:12:18 session.idle: a duration is a whole number with its unit: write 500ms, 30s or 12h',
      'c.yaml:13:1 siblings: is not in this version',
      '',
    ])
  })

  it('refuses in production what serve would refuse there', async () => {
    const env = { NODE_ENV: 'production', COATCHECK_KEYS: KEY }

    const done = await run('validate --upstream http://localhost:1', { env })

    expect(done).toMatchObject({ out: '', codes: [2] })
    expect(done.err).toMatch(/^environment publicOrigin: is missing: with NODE_ENV=production, /)
  })

  it.each([
    [
      '--upstream http://localhost:1 --sign-in session/new',
      '--sign-in: must be a path that begins with /, such as /login, or a whole http(s) address (did you mean /session/new)\n',
    ],
    [
      '--upstream localhost:8000',
      '--upstream: write an absolute http(s) address, such as https://api.example.org (did you mean http://localhost:8000)\n',
    ],
    [
      '--upstream http://localhost:1 --sign-in session?key=canary',
      '--sign-in: must be a path that begins with /, such as /login, or a whole http(s) address\n',
    ],
  ])('says of a flag once what is wrong, and what was meant: %s', async (flags, err) => {
    expect(await run(`validate ${flags}`)).toMatchObject({ err, codes: [2] })
  })

  it('writes nothing, not even the keys that a start would make', async () => {
    const done = await run('validate --upstream http://localhost:1 --port 4000')

    expect(done.out).toBe(
      'environment ok: http://localhost:4000, 1 route, 1 provider, sessions in sqlite\n',
    )
    expect(done.left).toEqual([])
  })

  it('prints the effective configuration with its secrets masked', async () => {
    const done = await run('validate --print', { files: { 'coatcheck.yaml': YAML }, env: { KEY } })

    expect(done.out).toContain('lifetime: 7d\n')
    expect(done.out).toContain('url: https://crm.example.org/login?[secret]\n')
    expect(done.out).not.toContain(KEY)
    expect(done.out).not.toContain('canary')
  })

  it('takes variables from a file that is asked for; the environment wins', async () => {
    const files = { 'coatcheck.yaml': YAML, '.env': `KEY=${KEY}\nPORT=4001\n` }
    const print = 'validate --print --env-file .env'

    expect((await run(print, { files })).out).toContain('port: 4001\n')
    expect((await run(print, { files, env: { PORT: '4002' } })).out).toContain('port: 4002\n')
    expect((await run('validate', { files })).codes).toEqual([2])
    expect(await run('validate --env-file no.env', { files })).toMatchObject({
      err: 'no.env: the variables cannot be read: there is no such file\n',
      codes: [2],
    })
  })
})

describe('coatcheck routes', { timeout: 60_000 }, () => {
  const files = { 'coatcheck.yaml': YAML }

  it('shows what goes where in the order of matching, aligned and without colour', async () => {
    const done = await run('routes', { files, env: { KEY } })

    expect(done.out).toBe(
      `match             upstream                           auth      provider
POST /auth/login  https://crm.example.org/login      sign in   crm
POST /api/login   https://crm.example.org/login      sign in   crm
/api/register     https://crm.example.org/register/  public    -
/api/long/one/*   https://crm.example.org/v2         optional  crm
/api/*            https://crm.example.org/v1         required  crm
/*                https://www.example.org            public    -
`,
    )
  })

  it('colours for a person only', async () => {
    const forPerson = await run('routes', { files, env: { KEY }, isTty: true })

    expect(forPerson.out).toContain('\u001b[1m')
  })

  it('tells problems as validate does', async () => {
    expect((await run('routes', { files })).codes).toEqual([2])
  })
})

describe('coatcheck keygen', { timeout: 60_000 }, () => {
  it('prints one key that the configuration takes, another one each time', async () => {
    const [one, two] = [await run('keygen'), await run('keygen')]

    expect(one.out).toMatch(/^[A-Za-z0-9_-]{43}\n$/)
    expect(one.out).not.toBe(two.out)
    const env = { KEY: one.out.trim() }
    const done = await run('validate', { files: { 'coatcheck.yaml': YAML }, env })
    expect(done.codes).toEqual([])
  })
})
