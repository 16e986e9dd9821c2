// Recordings of strangers: they get no secret, steer no terminal, and what is wrong with them is one sentence.
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { saidIn } from '../../../src/cli/qa-said.ts'
import { printable } from '../../../src/lib/printable.ts'
import { textReport } from '../../../src/qa/leaks/report-text.ts'
import { fieldsToSignIn } from '../../../src/qa/replay/earlier-sign-in.ts'
import { fill } from '../../../src/qa/replay/fill.ts'
import { recordedCall } from '../../../src/qa/replay/recorded-call.ts'
import { readRecording } from '../../../src/qa/replay/recording.ts'
import { headersToSend } from '../../../src/qa/replay/request-headers.ts'
import type { Run } from '../../../src/qa/run.ts'
import { openFolder } from '../../support/folder.ts'
import { startLittleServer } from '../../support/little-server.ts'
import { harOf } from '../../support/recordings.ts'
import { replayCommand } from '../../support/replay.ts'

const CSV = 'name,password,apikey\nalice,pw-of-alice,key-of-alice\nbob,pw-of-bob,key-of-bob\n'
const SECRETS = ['pw-of-alice', 'key-of-alice', 'pw-of-bob', 'key-of-bob']

interface Made {
  readonly path?: string
  readonly url?: string
  readonly body?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly more?: object
}

let places = 0

function entry({ path = '/comments', url, body, method = 'POST', headers = {}, more }: Made) {
  const list = Object.entries({ 'content-type': 'application/json', ...headers })
  const began = places++ * 2
  return {
    startedDateTime: '2026-01-01T00:00:00.000Z',
    time: 1,
    request: {
      method,
      url: url ?? `http://localhost:3000${path}`,
      headers: list.map(([name, value]) => ({ name, value })),
      ...(body !== undefined && { postData: { mimeType: 'application/json', text: body } }),
    },
    response: {
      status: 200,
      headers: [{ name: 'content-type', value: 'application/json' }],
      content: { text: '{}' },
    },
    _persona: 'alice',
    _session: 'of-alice',
    _order: { began, ended: began + 1 },
    ...more,
  }
}

const signIn = (made: Made = {}) =>
  entry({
    path: '/auth/login',
    body: '{"username":"alice","password":"{{alice.password}}"}',
    ...made,
    more: { _signIn: true, ...made.more },
  })

/** Plays it to a gateway that tells all it received. */
async function play(
  entries: readonly object[],
  files: Record<string, string> = {},
  flags = ['--passwords', 'people.csv'],
) {
  await using folder = await openFolder({
    'a.har': harOf(entries.map((one) => JSON.stringify(one))),
    'people.csv': CSV,
    ...files,
  })
  const received: Array<{ at: string; all: string; headers: object; body: string }> = []
  await using target = await startLittleServer((request, body) => {
    const at = `${request.method} ${request.url}`
    const { headers } = request
    received.push({ at, all: `${at}\n${request.rawHeaders.join('\n')}\n${body}`, headers, body })
    const told = {
      authenticated: true,
      state: 'active',
      provider: 'main',
      sub: 'alice',
      claims: {},
    }
    return [200, request.url === '/auth/login' ? told : {}]
  })
  const args = ['a.har', '--target', target.url, '--owner', 'none', ...flags]
  const ended = await replayCommand(args, { cwd: folder.path })
  return { ...ended, received, url: target.url }
}

type Received = Awaited<ReturnType<typeof play>>['received']

/** What a secret was sent to. */
function leaked(received: Received): string[] {
  return received
    .filter(({ all }) => SECRETS.some((secret) => all.includes(secret)))
    .map(({ at }) => at)
}

describe('a recording of a stranger', () => {
  it('gets no secret into anything but a sign-in, and is told of', async () => {
    const exfil = '{"exfil":"{{alice.password}} {{bob.password}} {{bob.apikey}}"}'
    const { code, stdout, received } = await play([
      signIn(),
      entry({ body: exfil }),
      entry({
        path: '/more?x={{alice.password}}',
        headers: { 'x-x': '{{alice.password}}' },
        body: exfil,
      }),
    ])

    expect(leaked(received)).toEqual(['POST /auth/login'])
    expect(received.find(({ at }) => at === 'POST /comments')?.body).toBe(exfil)
    expect(stdout).toContain(
      '2 calls were sent without a secret that the recording left out; the first is alice POST /comments',
    )
    expect(code).toBe(0)
  })

  it('gets none to an address of its choice: sign-ins go to the gateway’s own', async () => {
    const { received, code } = await play([
      signIn({ path: '/evil-login', more: { response: { status: 201 } } }),
      signIn({ path: '/auth/login/../../evil' }),
      signIn({ url: 'http://localhost:3000//evil/auth/login?x=1' }),
    ])

    expect(received.map(({ at }) => at)).toEqual(Array(3).fill('POST /auth/login'))
    expect(received[0]?.body).toBe('{"username":"alice","password":"pw-of-alice"}')
    expect(code).toBe(0)
  })

  it('plays what was typed in vain back where it was', () => {
    const call = recordedCall(
      signIn({ path: '/api/login', body: '{"password":"{{alice.wrong_password}}"}' }),
      0,
    )
    const filled = call && fill(call, new Map([['alice', { password: 'pw-of-alice' }]]))

    const body = '{"password":"coatcheck-wrong"}'
    expect(filled).toMatchObject({ path: '/api/login', body, left: 0 })
  })

  it('gets none of another persona, nor by another method', async () => {
    const { received, stdout } = await play([
      signIn({
        body: '{"username":"alice","password":"{{alice.password}}","x":"{{bob.password}}"}',
      }),
      signIn({ method: 'PUT', more: { _session: 'b' } }),
    ])

    expect(leaked(received)).toEqual(['POST /auth/login'])
    expect(received[0]?.body).toBe(
      '{"username":"alice","password":"pw-of-alice","x":"{{bob.password}}"}',
    )
    expect(stdout).toContain('2 calls were sent without a secret')
  })

  it('gets no more in a sign-in of before than its sign-ins send', async () => {
    const one = await play([entry({ method: 'GET' })])
    expect(JSON.parse(one.received[0]?.body ?? '')).toEqual({
      username: 'alice',
      password: 'pw-of-alice',
    })

    const body = '{"username":"alice","password":"{{alice.password}}","apiKey":"{{alice.apikey}}"}'
    const two = await play([
      entry({ method: 'GET' }),
      signIn({ body, more: { _session: 'another' } }),
    ])
    expect(JSON.parse(two.received[0]?.body ?? '')).toEqual({
      username: 'alice',
      password: 'pw-of-alice',
      apiKey: 'key-of-alice',
    })
  })

  it('gets what the configuration names for its personas, in a sign-in of before', async () => {
    const yaml = 'qa: { personas: { alice: { username: al, password: pw, fields: { pin: "1" } } } }'
    const { received, stderr } = await play(
      [entry({ method: 'GET' })],
      { 'coatcheck.yaml': `upstream: http://localhost:1\n${yaml}\n` },
      ['--config', 'coatcheck.yaml'],
    )

    expect(stderr).toBe('')
    const sent = JSON.parse(received[0]?.body ?? '')
    expect(sent).toEqual({ username: 'al', password: 'pw', pin: '1' })
  })

  it('finds nothing in what every object has', async () => {
    const body = '{"username":"alice","a":"{{alice.constructor}}","b":"{{alice.__proto__}}"}'
    const { code, stderr, received } = await play([signIn({ body })])

    expect(stderr).toBe(
      'There is no constructor for alice: give --passwords a CSV file with the columns name and constructor.\n',
    )
    expect([code, received.length]).toEqual([2, 0])
    const call = recordedCall(signIn({ body }), 0)
    const filled = call && fill(call, new Map([['alice', { password: 'x' }]]))
    expect(filled).toMatchObject({ body, left: 2 })
  })

  it('steers no terminal', async () => {
    const persona = 'al\u001b]0;x\u0007ice\u202e\r\n\u009b31m'
    const path = '/a\u001b[2J\u202eb\nc'
    const wrong = { request: { ...entry({ path }).request }, response: { status: 404 } }
    const shown = await play([
      entry({ method: 'GET', more: { _session: null, ...wrong, _persona: persona } }),
      entry({ body: '{{x.y}}', path, more: { _session: null, _persona: persona } }),
    ])
    expect(shown.stdout).toContain('al\\u001b]0;x\\u0007ice\\u202e\\r\\n\\u009b31m')
    expect(shown.stdout).toContain('/a%1B[2J%E2%80%AEb%0Ac')

    const asked = await play([
      signIn({ more: { _persona: persona }, body: `{"a":"{{x}}"}` }),
      entry({ more: { _session: 'x', _persona: persona } }),
    ])
    expect(asked.stderr).toMatch(/^There is no password for al\\u001b/)
    for (const text of [shown.stdout, asked.stderr]) {
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2028\u2029]/u)
    }
  })

  it('does not say where it comes from', () => {
    const told = {
      host: 'evil',
      origin: 'https://evil.example',
      referer: 'https://evil.example/a?b',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'iframe',
      'sec-fetch-user': '?1',
      'x-forwarded-for': '10.0.0.1',
      'x-forwarded-host': 'evil',
      x_forwarded_proto: 'https',
      forwarded: 'for=10.0.0.1',
      via: '1.1 evil',
      'x-real-ip': '10.0.0.1',
      'x-bad': 'a\r\nb',
      'x bad': 'a',
      accept: 'text/html',
    }
    const headers = Object.entries(told).flat()

    expect(headersToSend({ headers, method: 'GET' }, 'http://localhost:1')).toEqual({
      origin: 'http://localhost:1',
      referer: 'http://localhost:1/a?b',
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      accept: 'text/html',
    })
  })
})

describe('a recording that is broken', () => {
  it.each([
    ['a status that is none', { ...entry({}), response: { status: 1e300 } }],
    ['no request', { response: { status: 200 } }],
    ['a list', [1]],
  ])('is refused with the place of %s', async (_, bad) => {
    const { code, stderr, received } = await play([signIn(), bad, signIn()])

    expect(stderr).toBe('a.har has no whole entry in line 3.\n')
    expect([code, received.length]).toEqual([2, 0])
  })

  it.each([
    ['an address of no HTTP', entry({ url: 'x:aahttp://localhost/' })],
    ['an address without a host', entry({ url: 'http:/a' })],
    ['an address that is none', entry({ url: 'http://[/' })],
    ['a method that is none', entry({ method: 'GET /evil HTTP/1.1\r\nx' })],
  ])('is played without %s', async (_, bad) => {
    const { stdout, stderr, received } = await play([signIn(), bad, signIn()])

    expect(stderr).toBe('')
    expect(received).toHaveLength(2)
    expect(stdout).toContain('1 call was left out: not of HTTP, by method or address')
  })

  it('is refused by the place in the list where another program wrote it', async () => {
    const har = JSON.stringify({ log: { entries: [signIn(), { response: { status: 200 } }] } })
    const { code, stderr } = await play([], { 'a.har': har })

    expect([code, stderr]).toEqual([2, 'a.har has no whole entry in log.entries[1].\n'])
  })

  it('is read no further than 16 MiB into one line', async () => {
    await using folder = await openFolder()
    const file = join(folder.path, 'a.har')
    const out = createWriteStream(file)
    out.write(`${harOf([JSON.stringify(signIn())]).replace('\n]}}\n', '')},\n{"a":"`)
    for (let mib = 0; mib < 40; mib++) out.write('x'.repeat(2 ** 20))
    out.end('"}\n]}}\n')
    await finished(out)
    const read: unknown[] = []

    const reading = (async () => {
      for await (const call of readRecording(file)) read.push(call)
    })()

    await expect(reading).rejects.toThrow('has more than 16 MiB in line 3')
    expect(read).toHaveLength(1)
  })

  it('is split into lines wherever it is cut for reading', async () => {
    await using folder = await openFolder()
    const file = join(folder.path, 'a.har')
    const lines = Array.from({ length: 400 }, (_, n) =>
      JSON.stringify(entry({ path: `/ü/${n}`, body: `"${'ä\u2028'.repeat(n * 7)}"` })),
    )
    const out = createWriteStream(file)
    out.end(harOf(lines).replaceAll('\n', '\r\n'))
    await finished(out)

    const paths: unknown[] = []
    for await (const call of readRecording(file)) paths.push('cut' in call ? 'cut' : call.path)

    expect(paths).toEqual(Array.from({ length: 400 }, (_, n) => `/%C3%BC/${n}`))
  })

  it.each([
    [1e300, 86_400_000],
    [-5, 0],
    ['x', 0],
    [Number.NaN, 0],
  ])('has a time of %s for one between nothing and a day', (time, expected) => {
    const call = recordedCall(
      { ...entry({}), time, _broken: 'left', _order: { began: Number.POSITIVE_INFINITY } },
      0,
    )

    expect(call?.leftAfterMs).toBe(expected)
    expect(Number.isFinite(call?.began)).toBe(true)
  })
})

describe('a sign-in of before the recording', () => {
  const secrets = new Map([['alice', { mail: 'a@example.org', password: 'p', pin: '1' }]])
  const about = { persona: 'alice', secrets, sent: new Set(['mail']) }

  it('sends what the configuration names', () => {
    expect(fieldsToSignIn({ ...about, configured: new Set(['alice']) })).toEqual({
      username: 'alice',
      mail: 'a@example.org',
      password: 'p',
      pin: '1',
    })
    expect(fieldsToSignIn({ ...about, configured: new Set() })).not.toHaveProperty('pin')
  })
})

describe('foreign text', () => {
  it('is shown with escapes for what steers', () => {
    expect(printable('a\u001b[1m\n\r\t\u0085\u202eb\u2066\ud800\u{e0041}')).toBe(
      'a\\u001b[1m\\n\\r\\t\\u0085\\u202eb\\u2066\\ud800\\u{e0041}',
    )
  })

  it('stays as it is where it is only foreign', () => {
    const fine = 'Ünï — 日本語 👩‍👧 می‌خواهم →'
    expect(printable(fine)).toBe(fine)
  })

  it('is shown so where a gateway says something, and where a run is told', () => {
    const said = saidIn(JSON.stringify({ code: 'x\u001b', detail: 'No\n\u009b1m\u202e way.' }))
    expect(said).toEqual({ code: 'x\\u001b', words: 'No \\u009b1m\\u202e way' })

    const { verdict } = { verdict: { sentence: 'LEAK: \u009b1m.', explanation: 'a\u202e' } }
    const counts = { outcome: 'leak', leaks: 1, thrownOut: 0, verified: 0, answers: 1 } as const
    const notes = ['a\u009b']
    const history = { steps: ['Alice asks GET /\u001b[1m → 200'], curl: '' }
    const run: Run = {
      ...{ version: 1, kind: 'leaks', target: '', seed: 1, startedAt: 0 },
      ...{ users: [], phases: [], calls: [], verdict: { ...counts, ...verdict, notes, history } },
    }
    const text = textReport(run, { colour: false, files: [] })
    expect(text).toContain('LEAK: \\u009b1m.')
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u)
  })
})
