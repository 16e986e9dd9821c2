// Services that answer as nobody should: packed, endless, in other alphabets, or made to keep whoever reads them busy.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../../src/lib/clock.ts'
import { systemRandom } from '../../../src/lib/random.ts'
import { createWithin } from '../../../src/lib/within.ts'
import { createMarkers } from '../../../src/qa/leaks/markers.ts'
import { whyNoAnswer } from '../../../src/qa/leaks/no-answer.ts'
import { openApiFacts } from '../../../src/qa/leaks/open-api.ts'
import { fillBody, valuesOf } from '../../../src/qa/leaks/placeholders.ts'
import { probe } from '../../../src/qa/leaks/probe.ts'
import { bodyText } from '../../../src/qa/leaks/read-body.ts'
import { textReport } from '../../../src/qa/leaks/report-text.ts'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import { starterFile } from '../../../src/qa/leaks/starter.ts'
import { openWire } from '../../../src/qa/leaks/wire.ts'
import { headOf } from '../../../src/qa/report/page/head.ts'
import type { Run } from '../../../src/qa/run.ts'
import { targetFrom } from '../../support/leaks.ts'

// A run may take the time that its target has, and a busy machine more than that to bring a MiB hundreds of times.
vi.setConfig({ testTimeout: 90_000 })

const MIB = 1_048_576
/** As a target file names a variable of the environment. */
const VARIABLE = ['$', '{SECRET_ENV}'].join('')
const TEXT = '{"name":"Zoë Quill","mail":"zoe@example.org"}'
const utf16le = Buffer.from(TEXT, 'utf16le')
const utf16be = Buffer.from(TEXT, 'utf16le').swap16()

describe('a body is read', () => {
  it.each<readonly [string, Buffer, { encoding?: string; type?: string }]>([
    ['as it is', Buffer.from(TEXT), {}],
    ['from gzip', gzipSync(TEXT), { encoding: 'gzip' }],
    ['from x-gzip, however it is written', gzipSync(TEXT), { encoding: 'X-GZip' }],
    ['from gzip that is not said to be any', gzipSync(TEXT), {}],
    ['from deflate', deflateSync(TEXT), { encoding: 'deflate' }],
    ['from deflate without its frame', deflateRawSync(TEXT), { encoding: 'deflate' }],
    ['from br', brotliCompressSync(TEXT), { encoding: 'br' }],
    ['from zstd', zstdCompressSync(TEXT), { encoding: 'zstd' }],
    ['from br around gzip', brotliCompressSync(gzipSync(TEXT)), { encoding: 'gzip, br' }],
    ['from nothing called identity', Buffer.from(TEXT), { encoding: 'identity' }],
    ['behind a mark of UTF-8', Buffer.from(`\ufeff${TEXT}`), {}],
    ['in UTF-16LE with its mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16le]), {}],
    ['in UTF-16BE with its mark', Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be]), {}],
    ['in UTF-16LE without', utf16le, { type: 'application/json' }],
    ['in UTF-16BE without', utf16be, { type: 'application/json; charset=utf-8' }],
    ['in Latin 1', Buffer.from(TEXT, 'latin1'), { type: 'text/plain; charset=iso-8859-1' }],
    ['in Latin 1 that says nothing', Buffer.from(TEXT, 'latin1'), {}],
    ['in UTF-8 that says UTF-16', Buffer.from(TEXT), { type: 'text/plain; charset=utf-16' }],
    ['in a charset that nobody knows', Buffer.from(TEXT), { type: 'text/plain; charset=x-none' }],
    ['in UTF-16 within gzip', gzipSync(utf16le), { encoding: 'gzip' }],
  ])('%s', async (_name, bytes, { encoding = '', type = '' }) => {
    expect(await bodyText({ bytes, isCut: false }, { encoding, type, most: MIB })).toEqual({
      body: TEXT,
    })
  })

  it('no further than its bound, however much it unpacks to', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB, 'a'))

    const read = await bodyText({ bytes: bomb, isCut: false }, facts('gzip'))

    expect(read).toMatchObject({ unread: 'cut' })
    expect(read.body).toHaveLength(MIB)
  })

  it('as far as it came, where the rest was cut', async () => {
    const packed = gzipSync(Array.from({ length: 9_000 }, (_, at) => `${TEXT}${at * 7_919}`).join())
    const bytes = packed.subarray(0, packed.length >> 1)

    const read = await bodyText({ bytes, isCut: true }, facts('gzip'))

    expect(read.unread).toBe('cut')
    expect(read.body.startsWith(TEXT)).toBe(true)
  })

  it.each<readonly [string, Buffer, string, string]>([
    ['compressed', Buffer.from('no gzip at all'), 'gzip', 'broken gzip'],
    ['compressed', Buffer.from(TEXT), 'compress', 'a coding of its own'],
    ['compressed', Buffer.from(TEXT), 'gzip, gzip, gzip, gzip', 'too many codings'],
    ['binary', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), '', 'a picture'],
  ])('in part, and it says why: %s', async (unread, bytes, encoding) => {
    expect(await bodyText({ bytes, isCut: false }, facts(encoding))).toMatchObject({ unread })
  })
})

describe('the leak finder', () => {
  const owned = (name: string) => ({ data: `of ${name}`, mail: `${name}@example.org` })
  /** The first ten answers are whose they should be. */
  const slips = (name: string, asked: number) =>
    JSON.stringify(owned(asked > 10 && name === 'bob' ? 'alice' : name))

  it.each<readonly [string, (text: string) => Slip]>([
    ['gzip that nobody asked for', (text) => [gzipSync(text), { 'content-encoding': 'gzip' }]],
    ['UTF-16', (text) => [Buffer.from(text, 'utf16le'), { 'content-type': 'application/json' }]],
    ['the end of 300 KiB', (text) => [Buffer.from(`["${'x '.repeat(150_000)}",${text}]`), {}]],
  ])('finds what belongs to another in %s', async (_name, packed) => {
    await using service = await startService((name, asked) => packed(slips(name, asked)))

    const { verdict } = await service.leaks()

    expect(verdict.outcome).toBe('leak')
  })

  it.each<readonly [string, Slip, string]>([
    ['longer than 1 MiB', [Buffer.alloc(MIB + 9, 'a '), {}], 'larger than 1 MiB'],
    [
      'compressed in its own way',
      [Buffer.from('abc'), { 'content-encoding': 'compress' }],
      'compressed in a way that cannot be read',
    ],
    ['no text', [Buffer.from('89504e47000000', 'hex'), {}], 'not text'],
  ])('does not call clean what it could not search: %s', async (_name, slip, why) => {
    await using service = await startService(() => slip)

    const { verdict } = await service.leaks()

    expect(verdict.outcome).toBe('unjudged')
    expect(verdict.sentence).toMatch(
      new RegExp(
        `^COULD NOT JUDGE: \\d+ answers of GET /data could not be searched whole: ${why};`,
      ),
    )
  })

  it('tells of the few answers that it could not search, and takes none for verified', async () => {
    await using service = await startService((name, asked) =>
      asked > 20 && asked <= 23
        ? [Buffer.from(`${JSON.stringify(owned(name))}${' '.repeat(MIB)}`), {}]
        : [Buffer.from(JSON.stringify(owned(name))), {}],
    )

    const run = await service.leaks()

    const note = '3 answers of GET /data could not be searched whole: larger than 1 MiB.'
    const parts = run.calls.filter(({ unread }) => unread !== undefined)
    expect(run.verdict.outcome).toBe('clean')
    expect(run.verdict.sentence).toContain('3 answers could not be searched whole.')
    expect(run.verdict.notes).toContain(note)
    expect(parts.map(({ unread, outcome }) => `${unread} ${outcome}`)).toEqual(
      Array(3).fill('cut plain'),
    )
    expect(textReport(run, { colour: false, files: [] })).toContain(note)
    expect(headOf(run).markup).toContain(note)
  })

  it('says so where it cannot search what tells who one is', async () => {
    await using service = await startService(
      () => [Buffer.from('{}'), {}],
      (name) => [Buffer.from(JSON.stringify({ username: name, pad: 'x'.repeat(MIB) })), {}],
    )

    const { verdict } = await service.leaks()

    expect(verdict.sentence).toBe(
      'COULD NOT JUDGE: whoami answered 200 for alice with what could not be searched whole: larger than 1 MiB; name a path that answers less, or let it answer less for this test.',
    )
  })

  it('is not held up by a pattern that goes back and forth', async () => {
    await using service = await startService(
      () => [Buffer.from('{}'), {}],
      () => [Buffer.from(`${'a'.repeat(60)}!`), {}],
    )

    const { verdict } = await service.leaks('{ text: "^(a+)+$|x(\\\\w+)" }')

    expect(verdict.sentence).toBe(
      'COULD NOT JUDGE: whoami.owner.text took more than a second on one answer; write it without a repetition within a repetition, such as (a+)+.',
    )
  })

  it('says that headers are too large, where they are', async () => {
    await using service = await startService(() => [
      Buffer.from('{}'),
      { 'set-cookie': Array.from({ length: 1_000 }, (_, at) => `c${at}=${'v'.repeat(20)}`) },
    ])
    const wire = openWire({ origin: service.url, clock: systemClock, requestMs: 5_000 })

    const answer = await wire.send({
      user: 'a',
      via: 'own',
      method: 'GET',
      path: '/data',
      headers: {},
    })

    await wire.close()
    expect(answer).toMatchObject({ kind: 'none', why: 'large-headers' })
    expect(whyNoAnswer(service.url, 'large-headers')).toBe(
      'the headers of its answer are larger than 16 KiB; let it set fewer or smaller cookies.',
    )
  })
})

describe('the time that an answer takes to search', () => {
  it('grows no faster than the answer, however often a name stands in it', () => {
    const markers = createMarkers()
    for (const name of ['alice', 'bob']) markers.add({ owner: name, text: name, kind: 'name' })
    const scan = (times: number) => markers.scan('alice bob '.repeat(times))
    expect(scan(10_000)).toHaveLength(20_000)

    const little = tookMs(() => scan(10_000))
    const eightfold = tookMs(() => scan(80_000))

    expect(eightfold).toBeLessThan(WORSE_THAN_LINEAR * little + TICK_MS)
  })

  it('stays small where thousands of addresses have a host in common', () => {
    const scan = (people: number) => {
      const markers = createMarkers()
      const mails = Array.from({ length: people }, (_, at) => `u${at}@long-host-name.example.org`)
      for (const text of mails) markers.add({ owner: text, text, kind: 'profile' })
      return markers.scan(mails.join(' ').repeat(4))
    }
    expect(scan(5_000).length).toBeGreaterThan(19_990)

    const little = tookMs(() => scan(500))
    const eightfold = tookMs(() => scan(4_000))

    expect(eightfold).toBeLessThan(WORSE_THAN_LINEAR * little + TICK_MS)
  })

  it('still lets the longest of what overlaps stand', () => {
    const markers = createMarkers()
    markers.add({ owner: 'a', text: 'ann', kind: 'name' })
    markers.add({ owner: 'b', text: 'ann lee', kind: 'name' })
    markers.add({ owner: 'c', text: 'lee', kind: 'name' })

    const hits = markers.scan('lee, ann lee, ann')

    expect(hits.map(({ at, marker }) => `${at} ${marker.owner}`)).toEqual(['0 c', '5 b', '14 a'])
  })

  it('takes half a character for no more than that', () => {
    const markers = createMarkers()

    expect(() =>
      markers.add({ owner: 'a', text: '\ud800abcdef0123456789', kind: 'profile' }),
    ).not.toThrow()
  })

  /** Of eight times as much; what grows by the square takes 64 times as long. */
  const WORSE_THAN_LINEAR = 24
  /** The time of a thread is counted in such steps. */
  const TICK_MS = 20

  /** Of this thread alone, the least of three, however busy the machine is. */
  function tookMs(work: () => unknown): number {
    const times = [1, 2, 3].map(() => {
      const from = process.threadCpuUsage()
      work()
      const { user, system } = process.threadCpuUsage(from)
      return (user + system) / 1000
    })
    return Math.min(...times)
  }
})

describe('work within a time', () => {
  it('comes to its result, to its error, or to its end', () => {
    const within = createWithin()

    expect(within(60_000, () => 7)).toEqual({ inTime: true, value: 7 })
    expect(() => within(60_000, () => JSON.parse('{'))).toThrow(SyntaxError)
    expect(within(20, endless)).toEqual({ inTime: false })
    expect(within(60_000, () => 8)).toEqual({ inTime: true, value: 8 })
  })

  function endless(): never {
    for (;;);
  }
})

describe('the description of a service', () => {
  const place = { name: '/openapi.json', origin: 'http://localhost', base: '' }

  it('is read once, however often its schemas name each other', () => {
    const readsOf = (times: number) => {
      const many = (name: string) => Array.from({ length: times }, () => ref(name))
      const schemas = { A: { allOf: many('B') }, B: { allOf: many('A') } }
      const { document, reads } = counted(describing({ allOf: [ref('A')] }, schemas))
      expect(openApiFacts(document, place).signIn?.path).toBe('/login')
      return reads()
    }

    expect(readsOf(40)).toBeLessThan(5 * readsOf(10))
  })

  it('is read so far, however wide and deep the answer of its sign-in is', () => {
    const readsOf = (times: number) => {
      const wide = (name: string) =>
        Object.fromEntries(Array.from({ length: times }, (_, at) => [`f${at}`, ref(name)]))
      const schemas = {
        A: { properties: wide('B') },
        B: { properties: wide('C') },
        C: { properties: wide('A') },
      }
      const { document, reads } = counted(describing({ allOf: [ref('A')] }, schemas))
      openApiFacts(document, place)
      return reads()
    }

    expect(readsOf(400)).toBeLessThan(5 * readsOf(100))
  })

  it('is named where it is too large to be read', async () => {
    const paths = Array.from(
      { length: 30_000 },
      (_, at) => `  /p${at}:\n    get: { responses: { "200": { description: fine } } }\n`,
    )
    const text = Buffer.from(`openapi: 3.0.0\npaths:\n${paths.join('')}${'#'.repeat(4 * MIB)}`)
    await using service = await startServer((request, response) => {
      response.statusCode = request.url === '/openapi.yaml' ? 200 : 404
      response.end(request.url === '/openapi.yaml' ? text : '')
    })

    const probed = await probeOf(service.url)

    const found = probed.answers ? probed.found : {}
    expect(found.unread).toBe('/openapi.yaml')
    expect(starterFile(service.url, found)).toContain(
      '# /openapi.yaml is there, and too large to be read: nothing here comes from it.',
    )
  })

  it('puts nothing of whoever tests into what is sent', async () => {
    const constants = {
      tenant: VARIABLE,
      shop: `x$${VARIABLE}`,
      kind: '{password}',
      half: 'a${',
      plain: '\u009b31m$1 "quoted" {} \u202e',
    }
    const properties = {
      ...Object.fromEntries(
        Object.entries(constants).map(([name, text]) => [name, { const: text }]),
      ),
      username: { type: 'string' },
      password: { type: 'string' },
    }
    const token = { properties: { [VARIABLE]: { properties: { token: { type: 'string' } } } } }
    const document = describing({ properties }, {}, token)
    const found = openApiFacts(document, place)

    const yaml = starterFile('http://localhost', found)
    const env = { SECRET_ENV: 'sesame-0815', ALICE_PASSWORD: 'open-a', BOB_PASSWORD: 'open-b' }
    const target = await targetFrom(yaml, { env })

    const [alice] = target.users
    const sent = target.signIn.body && alice ? fillBody(target.signIn.body, valuesOf(alice)) : ''
    expect(JSON.parse(sent)).toEqual({
      half: 'a${',
      plain: constants.plain,
      username: 'alice',
      password: 'open-a',
    })
    expect(JSON.stringify(target)).not.toContain('sesame')
    expect(yaml).toContain('# What it always sends as tenant, shop, kind has {…} in it')
    expect(target.carry).toEqual({ kind: 'cookies' })
    expect(yaml).not.toMatch(/[\u0080-\u009f\u202e]/)
  })

  /** The same to whoever reads it, and how often anything in it was. */
  function counted(whole: object) {
    let count = 0
    const known = new WeakMap<object, object>()
    const watched = (node: object): object => {
      const there =
        known.get(node) ??
        new Proxy(node, {
          get(target, key) {
            count++
            const value: unknown = Reflect.get(target, key)
            return typeof value === 'object' && value !== null ? watched(value) : value
          },
        })
      known.set(node, there)
      return there
    }
    return { document: watched(whole), reads: () => count }
  }

  function describing(body: object, schemas: object, answer: object = body) {
    const content = (schema: object) => ({ content: { 'application/json': { schema } } })
    const post = {
      requestBody: content(body),
      responses: { 200: content(answer) },
    }
    return { openapi: '3.1.0', paths: { '/login': { post } }, components: { schemas } }
  }

  function ref(name: string) {
    return { $ref: `#/components/schemas/${name}` }
  }
})

type Slip = readonly [body: Buffer, headers: Readonly<Record<string, string | string[]>>]

interface Service extends AsyncDisposable {
  readonly url: string
}

function facts(encoding: string) {
  return { encoding, type: '', most: MIB }
}

function probeOf(origin: string) {
  const clock = systemClock
  return probe({ origin, base: '', clock, random: systemRandom, totalMs: 20_000 })
}

/** Two users; `data` counts what each has asked of `/data`. */
async function startService(
  data: (name: string, asked: number) => Slip,
  whoami: (name: string) => Slip = (name) => [Buffer.from(JSON.stringify({ username: name })), {}],
) {
  const asked = new Map<string, number>()
  const server = await startServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const [, name] = /sid=(\w+)-session/.exec(request.headers.cookie ?? '') ?? []
    if (request.url === '/login') {
      const cookie = `sid=${JSON.parse(body).username}-session-0123456789; Path=/`
      return void response.setHeader('set-cookie', cookie).end('{}')
    }
    if (name === undefined && request.url !== '/data') return void response.writeHead(401).end()
    const count = (asked.get(name ?? '') ?? 0) + 1
    if (request.url === '/data') asked.set(name ?? '', count)
    const slip = request.url === '/data' ? data(name ?? 'nobody', count) : whoami(name ?? '')
    response.writeHead(200, slip[1]).end(slip[0])
  })
  return {
    ...server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    async leaks(owner = '/username'): Promise<Run> {
      const target = await targetFrom(`
target: ${server.url}
signIn: { post: /login, json: { username: "{name}" } }
whoami: { get: /whoami, owner: ${owner} }
users: [{ name: alice }, { name: bob }]
reads: [/data]
requests: 8
timeouts: { total: 12s }
`)
      return runLeaks({ target })
    },
  }
}

async function startServer(
  answering: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<Service> {
  const server = createServer((request, response) => void answering(request, response))
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
