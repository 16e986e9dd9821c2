// On the way back an answer must belong to whoever asked; where it says that it does not, nobody gets a byte of it.
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { OwnerConfig } from '../../src/config/config.ts'
import type { LeakSeen } from '../../src/proxy/observe.ts'
import { startGateway } from '../support/gateway.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

interface Scripted {
  readonly owner: string | number
  readonly status?: number
  readonly headers?: Record<string, string | string[]>
  /** Before the JSON. */
  readonly before?: string
  /** Sent without a length. */
  readonly chunked?: boolean
  readonly pad?: number
}

/** The token of the answer's owner stands for everything that nobody else may see. */
const SECRET = 'only-for-its-owner'

function answerAs(
  upstream: TestUpstream,
  { owner, status = 200, headers, before = '', chunked, pad = 0 }: Scripted,
) {
  const json = JSON.stringify({ me: { name: owner }, secret: SECRET, pad: 'x'.repeat(pad) })
  const body = before + json
  upstream.on('/whose', (_request, response) => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-user-id': String(owner),
      ...(chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    })
    response.end(body)
  })
}

type Coding = readonly [name: string, compress: (body: Buffer) => Buffer]

async function open(upstream: TestUpstream, owner: OwnerConfig) {
  const gateway = await startGateway({
    routes: [{ upstream: upstream.url, owner }],
    operators: { host: '127.0.0.1', port: 0 },
  })
  const leaks: LeakSeen[] = []
  gateway.app.coatcheck.observers.add({ bodyBytes: 0, leak: (leak) => leaks.push(leak) })
  const metric = async (name: string) => {
    const text = await (await fetch(`${gateway.operatorsUrl}/metrics`)).text()
    return Number(
      new RegExp(`^coatcheck_${name.replace(/[{}"]/g, '\\$&')} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
    )
  }
  return {
    ...gateway,
    leaks,
    metric,
    checks: async (outcome: string) => metric(`owner_checks_total{outcome="${outcome}"}`),
  }
}

const RULES: ReadonlyArray<readonly [kind: string, rule: OwnerConfig]> = [
  ['header', { header: 'x-user-id', is: 'sub', on: 'refuse' }],
  ['field', { field: '/me/name', is: 'sub', on: 'refuse' }],
]

/** As a browser would read them all the same. */
const ODD: Readonly<
  Record<string, ReadonlyArray<readonly [what: string, odd: Partial<Scripted>]>>
> = {
  header: [['two owners', { headers: { 'x-user-id': ['alice', 'bob'] } }]],
  field: [
    ['a byte order mark', { before: '\ufeff' }],
    ['much white space before it', { before: ' \n\t\r'.repeat(100) }],
    ['the type text/json', { headers: { 'content-type': 'text/json' } }],
    ['a type of two words', { headers: { 'content-type': 'application/vnd.a+b+json' } }],
    ['an empty coding', { headers: { 'content-encoding': '' } }],
    ['a coding that nobody knows', { headers: { 'content-encoding': 'aws-chunked' } }],
    ['the type text/plain', { headers: { 'content-type': 'text/plain' } }],
    ['an empty type', { headers: { 'content-type': '' } }],
    ['two types', { headers: { 'content-type': 'text/html, application/json' } }],
  ],
}

describe.each(RULES)('an owner %s', (kind, rule) => {
  it("stops somebody else's answer before a byte of it is written, and names both", async () => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('alice')
    const bob = await it.signIn('bob')
    const refOf = async (one: typeof alice) => (await one.get('/auth/session')).json().ref
    // So that both are in this process's memory.
    answerAs(upstream, { owner: 'bob' })
    expect((await bob.get('/api/whose')).status).toBe(200)

    const answer = await alice.get('/api/whose')

    expect(answer.status).toBe(500)
    expect(answer.headers['coatcheck-problem']).toBe('leak_prevented')
    expect(answer.text + answer.rawHeaders.join()).not.toMatch(/only-for|bob/)
    const refs = { asker: await refOf(alice), owner: await refOf(bob) }
    expect(it.leaks).toEqual([
      {
        requestId: expect.any(String),
        route: '/api/*',
        at: expect.any(Number),
        ...refs,
        seen: kind,
        stopped: true,
      },
    ])
    const audit = it.log
      .map((line) => JSON.parse(line))
      .find(({ event }) => event === 'leak_prevented')
    expect(audit).toMatchObject({ level: 50, ...refs, seen: kind, route: '/api/*' })
    expect(await it.metric('leak_prevented_total')).toBe(1)
    expect([await it.checks('own'), await it.checks('foreign')]).toEqual([1, 1])
    // The upstream is at fault, not the session: it goes on.
    answerAs(upstream, { owner: 'alice' })
    expect((await alice.get('/api/whose')).json().secret).toBe(SECRET)
    await it.close()
  })

  it('counts and audits it only, where that is asked for', async () => {
    await using upstream = await startUpstream()
    const it = await open(upstream, { ...rule, on: 'observe' })
    const alice = await it.signIn('alice')
    answerAs(upstream, { owner: 'somebody' })

    const answer = await alice.get('/api/whose')

    expect([answer.status, answer.json().secret]).toEqual([200, SECRET])
    expect(it.leaks).toMatchObject([{ stopped: false, owner: undefined }])
    expect(it.log.join('')).toContain('"event":"leak_observed"')
    expect(await it.metric('leak_prevented_total')).toBe(0)
    expect(await it.checks('foreign')).toBe(1)
    await it.close()
  })
})

describe.each(RULES)('an owner %s', (kind, rule) => {
  it.each(ODD[kind] ?? [])("knows somebody else's answer with %s", async (_what, odd) => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('alice')
    answerAs(upstream, { owner: 'bob', ...odd })

    const answer = await alice.get('/api/whose')

    expect([answer.status, answer.json()]).toMatchObject([500, { code: 'leak_prevented' }])
    await it.close()
  })
})

describe('an owner header', () => {
  it('is looked at while the browser still sends, whose connection stays usable', async () => {
    await using upstream = await startUpstream()
    const it = await open(upstream, { header: 'x-user-id', is: 'sub', on: 'refuse' })
    const alice = await it.signIn('alice')
    upstream.onHead('/whose', (request, response) => {
      response.writeHead(200, { 'x-user-id': 'bob', 'content-length': '3' }).end('bob')
      request.resume()
    })
    const body = Buffer.alloc(8_000_000, 97)

    for (let nth = 0; nth < 3; nth++) {
      const answer = await alice.send('/api/whose', { method: 'POST', body })
      expect(answer.status).toBe(500)
    }
    await it.close()
  })
})

describe('an owner field', () => {
  const rule: OwnerConfig = { field: '/me/name', is: 'sub', on: 'refuse' }

  it.each<readonly [string, Scripted]>([
    ['of unknown length that grows above 64 KiB', { owner: 'bob', chunked: true, pad: 300_000 }],
    ['above 64 KiB', { owner: 'bob', pad: 70_000 }],
    ['that is a picture', { owner: 'bob', headers: { 'content-type': 'image/png' } }],
    [
      'that is a stream',
      { owner: 'bob', chunked: true, headers: { 'content-type': 'text/plain' } },
    ],
    [
      'that only says it is gzip',
      { owner: 'bob', chunked: true, headers: { 'content-encoding': 'gzip' } },
    ],
    ['without an owner', { owner: '' }],
  ])('lets an answer %s pass, and counts it as unchecked', async (_what, scripted) => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('alice')
    answerAs(upstream, scripted)

    const answer = await alice.get('/api/whose')

    expect([answer.status, answer.text.includes(SECRET)]).toEqual([200, true])
    expect(JSON.parse(answer.text)).toMatchObject({ pad: 'x'.repeat(scripted.pad ?? 0) })
    expect([await it.checks('unchecked'), await it.checks('foreign')]).toEqual([1, 0])
    await it.close()
  })

  it.each<readonly [string, Coding | undefined]>([
    ['of unknown length', undefined],
    ['in gzip', ['gzip', gzipSync]],
    ['in deflate', ['deflate', deflateSync]],
    ['in br', ['br', brotliCompressSync]],
    ['in zstd', ['zstd', zstdCompressSync]],
    ['in gzip, twice', ['gzip, gzip', (body) => gzipSync(gzipSync(body))]],
    ['in gzip whose end is missing', ['gzip', (body) => gzipSync(body).subarray(0, -6)]],
    ['in deflate without its frame', ['deflate', deflateRawSync]],
  ])('reads an answer %s, and gives it to its owner as it came', async (_what, coding) => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('alice')
    const bob = await it.signIn('bob')
    const json = Buffer.from(JSON.stringify({ me: { name: 'bob' }, secret: SECRET }))
    const body = coding ? coding[1](json) : json
    upstream.on('/whose', (_request, response) => {
      response.setHeader('content-type', 'application/json; charset=utf-8')
      if (coding) response.setHeader('content-encoding', coding[0])
      // In two pieces, and no length.
      response.write(body.subarray(0, 5))
      response.end(body.subarray(5))
    })

    const hers = await alice.get('/api/whose')
    const his = await bob.get('/api/whose')

    expect([hers.status, hers.headers['coatcheck-problem']]).toEqual([500, 'leak_prevented'])
    expect([his.status, his.headers['content-encoding']]).toEqual([200, coding?.[0]])
    expect(his.body.equals(body)).toBe(true)
    expect([await it.checks('own'), await it.checks('foreign')]).toEqual([1, 1])
    await it.close()
  })

  it('tells two owners apart whose numbers are beyond what a double holds', async () => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('9007199254740993')
    upstream.on('/whose', (_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end('{"me":{"name":9007199254740992}}')
    })

    expect((await alice.get('/api/whose')).status).toBe(500)
    expect(await it.checks('foreign')).toBe(1)
    await it.close()
  })

  it('lets none through that reads as far more than it weighs', async () => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('alice')
    const body = gzipSync(JSON.stringify({ me: { name: 'bob' }, pad: ' '.repeat(50_000_000) }))
    upstream.on('/whose', (_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.setHeader('content-encoding', 'gzip')
      response.end(body)
    })

    expect((await alice.get('/api/whose')).body.length).toBe(body.length)
    expect(await it.checks('unchecked')).toBe(1)
    await it.close()
  })

  it.each(['text/event-stream', 'application/x-ndjson', 'application/stream+json'])(
    'holds back nothing of %s, whose end nobody waits for',
    async (type) => {
      await using upstream = await startUpstream()
      const it = await open(upstream, rule)
      const alice = await it.signIn('alice')
      const { promise: leave, resolve: end } = Promise.withResolvers<void>()
      upstream.on('/whose', async (_request, response) => {
        response.writeHead(200, { 'content-type': type })
        response.write('{}\n')
        await leave
        response.end()
      })

      const headers = { host: it.host, cookie: alice.cookie, 'sec-fetch-site': 'same-origin' }
      const asked = get(`${it.url}/api/whose`, { headers })
      const [answer]: IncomingMessage[] = await once(asked, 'response')
      const [first] = answer ? await once(answer, 'data') : []
      end()

      expect(String(first)).toBe('{}\n')
      asked.destroy()
      await it.close()
    },
  )

  it('keeps order and pace where an answer grows too long, for a browser that reads slowly', async () => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('alice')
    const text = `{"pad":[${Array.from({ length: 900_000 }, (_, at) => at).join()}]}`
    let sent = 0
    upstream.on('/whose', async (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      for (; sent < text.length; sent += 16_384) {
        if (!response.write(text.slice(sent, sent + 16_384))) {
          await new Promise((resolve) => response.once('drain', resolve))
        }
      }
      response.end()
    })

    const answer = await alice.get('/api/whose')

    expect(answer.text === text).toBe(true)
    expect(answer.headers['content-length']).toBeUndefined()
    await it.close()
  })

  it('says once in the log why none of the first answers of a route could be checked', async () => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('alice')
    const page = { owner: 'alice', before: '<p>', headers: { 'content-type': 'text/html' } }
    answerAs(upstream, { ...page, status: 404 })
    await alice.get('/api/whose')
    answerAs(upstream, page)
    const told = () => it.log.filter((line) => line.includes('owner_unchecked'))

    for (let nth = 0; nth < 19; nth++) await alice.get('/api/whose')
    const before = told().length
    for (let nth = 0; nth < 30; nth++) await alice.get('/api/whose')

    expect([before, told().length]).toEqual([0, 1])
    const line = JSON.parse(told()[0] ?? '')
    expect(line).toMatchObject({ level: 40, route: '/api/*', why: 'not_json' })
    expect(line.msg).toMatch(/not JSON; use owner\.header/)
    await it.close()
  })

  it('says nothing where one of the first could be', async () => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('alice')
    answerAs(upstream, { owner: 'alice' })
    await alice.get('/api/whose')
    answerAs(upstream, { owner: '' })

    for (let nth = 0; nth < 25; nth++) await alice.get('/api/whose')

    expect(it.log.join('')).not.toContain('owner_unchecked')
    await it.close()
  })

  it('passes answers on as they were: length, status, and those without a body', async () => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('alice')
    answerAs(upstream, { owner: 'alice', status: 404, pad: 60_000 })

    const answer = await alice.get('/api/whose')
    const head = await alice.send('/api/whose', { method: 'HEAD' })

    expect([answer.status, Number(answer.headers['content-length'])]).toEqual([
      404,
      answer.body.length,
    ])
    expect([head.status, head.body.length]).toEqual([404, 0])
    expect([await it.checks('own'), await it.checks('unchecked')]).toEqual([1, 1])
    await it.close()
  })

  it('takes an error that names itself for no one, and one that names a user for theirs', async () => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('alice')
    await it.signIn('bob')

    answerAs(upstream, { owner: 'NotFoundError', status: 404 })
    const error = await alice.get('/api/whose')
    answerAs(upstream, { owner: 'elsewhere', status: 300 })
    const choice = await alice.get('/api/whose')
    answerAs(upstream, { owner: 'bob', status: 409 })
    const conflict = await alice.get('/api/whose')

    expect([error.status, error.text]).toEqual([404, expect.stringContaining('NotFoundError')])
    expect([choice.status, choice.json().secret]).toEqual([300, SECRET])
    expect([conflict.status, conflict.json()]).toMatchObject([500, { code: 'leak_prevented' }])
    expect([await it.checks('unchecked'), await it.checks('foreign')]).toEqual([2, 1])
    await it.close()
  })

  it('answers 502 where the upstream breaks off before its owner could be read', async () => {
    await using upstream = await startUpstream()
    const it = await open(upstream, rule)
    const alice = await it.signIn('alice')
    upstream.on('/whose', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"me":{"name":"bob"},', () => response.destroy())
    })

    const answer = await alice.get('/api/whose')

    expect([answer.status, answer.text.includes('bob')]).toEqual([502, false])
    await it.close()
  })
})
