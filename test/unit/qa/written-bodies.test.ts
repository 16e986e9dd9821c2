// A body that comes again is written as it was before, unless more is known since; and what is remembered is bounded.
import { describe, expect, it } from 'vitest'
import { createEntries } from '../../../src/qa/record/entry.ts'
import { createPersonaNames } from '../../../src/qa/record/persona-names.ts'
import { createSecretBook } from '../../../src/qa/record/secret-book.ts'
import { createWrittenBodies } from '../../../src/qa/record/written-bodies.ts'

type Seen = Parameters<ReturnType<typeof createEntries>>[0]

/** What is short is not remembered. */
const MORE = 'and so on '.repeat(60)
const NOTHING = { bytes: Buffer.alloc(0), size: 0 }
const CALL: Seen = {
  requestId: 'r',
  route: '/api/*',
  method: 'GET',
  url: '/api/notes',
  origin: 'http://localhost:3000',
  startedAt: 0,
  endedAt: 1,
  began: 0,
  ended: 1,
  session: undefined,
  requestHeaders: [],
  requestBody: NOTHING,
  status: 200,
  responseHeaders: ['content-type', 'application/json'],
  responseBody: NOTHING,
  cut: undefined,
}

function bodyOf(text: string) {
  const bytes = Buffer.from(text)
  return { bytes, size: bytes.length }
}

function recording() {
  const lineOf = createEntries({
    book: createSecretBook(),
    redact: [],
    bodyBytes: 16_384,
    personas: createPersonaNames(new Map()),
    owners: new Map(),
  })
  return (seen: Partial<Seen>) => lineOf({ ...CALL, ...seen })
}

function sessionOf(account: string, access?: string) {
  return {
    ticket: { text: `${account}-ticket-of-32-characters-or-more` },
    record: { ref: account, sub: account, device: '' },
    content: { name: account, tokens: access === undefined ? {} : { main: { access } } },
  } as unknown as NonNullable<Seen['session']>
}

const signInOf = (account: string, password: string): Partial<Seen> => ({
  method: 'POST',
  url: '/auth/login',
  signIn: { account, begun: sessionOf(account) },
  requestBody: bodyOf(JSON.stringify({ username: account, password })),
})

describe('an answer that comes again', () => {
  it.each([
    ['plain', `{"notes":["one","${MORE}"]}`],
    ['not ASCII, escaped and broken', `{"notes":"über\\n\\u00e9 \u{1f600} ${MORE} \\ud800"`],
    ['with a secret in it', `{"password":"hush","name":"${MORE}"}`],
    ['without a text', `\0\u{80}\0${MORE}`],
  ])('is written as it was the first time: %s', (_, text) => {
    const record = recording()

    const lines = [1, 2, 3, 4].map(() => record({ responseBody: bodyOf(text) }))

    expect(new Set(lines).size).toBe(1)
    expect(JSON.parse(lines[3] ?? '').response.content.size).toBe(Buffer.byteLength(text))
  })

  it('holds no secret that was learned since', () => {
    const record = recording()
    const responseBody = bodyOf(`{"said":"no tulip-9 ${MORE}"}`)
    const before = [1, 2, 3].map(() => record({ responseBody }))

    record(signInOf('alice', 'tulip-9'))
    const after = [1, 2, 3].map(() => record({ responseBody }))

    expect(before.join()).toContain('tulip-9')
    expect(after.join()).not.toContain('tulip-9')
  })

  it('is written for others, whoever types more than can be looked for', () => {
    const record = recording()
    const fields = Array.from({ length: 2000 }, (_, nth) => [`f${nth}`, `${nth}-0123456789abcdef`])
    const mallory = {
      ...signInOf('mallory', ''),
      requestBody: bodyOf(JSON.stringify({ username: 'mallory', ...Object.fromEntries(fields) })),
    }
    const alone = () => record({ session: sessionOf('mallory') })

    for (let time = 0; time < 20; time++) expect(() => record(mallory)).toThrow('more was typed')
    const text = record(signInOf('alice', 'tulip-9'))

    expect(alone).toThrow('more')
    expect(text).toContain('alice')
    expect(
      record({ session: sessionOf('alice'), responseBody: bodyOf('"tulip-9"') }),
    ).not.toContain('tulip-9')
  })

  it('is written for those without a session, however much somebody called nobody types', () => {
    const record = recording()
    const fields = Object.fromEntries(Array.from({ length: 100 }, (_, nth) => [`f${nth}`, 'x']))
    const requestBody = bodyOf(JSON.stringify({ username: 'nobody', ...fields }))

    expect(() => record({ ...signInOf('nobody', ''), requestBody })).toThrow('more')

    expect(record({ responseBody: bodyOf('"hello"') })).toContain('hello')
  })

  it('of one account is what others have room for', () => {
    const record = recording()
    const typing = (nth: number) =>
      record(signInOf('mallory', `0123456789abcdef-${nth}`)) &&
      record({ session: sessionOf('mallory') })

    expect(() => {
      for (let nth = 0; nth < 1025; nth++) typing(nth)
    }).toThrow('more')
    expect(record(signInOf('alice', 'tulip-9'))).toContain('alice')
  })

  it('bears the name of whoever asks', () => {
    const record = recording()
    const names = ['alice', 'bob', 'alice', 'bob', 'alice', 'bob', 'alice', 'bob']
    const responseBody = bodyOf(`{"api_key":"hush","name":"${MORE}"}`)

    const lines = names.map((name) => record({ session: sessionOf(name), responseBody }))

    expect(lines.map((line) => /\{\{(\w+)\.api_key\}\}/.exec(line)?.[1])).toEqual(names)
  })

  it('stays known while sessions are read anew, and no longer than until they have another token', () => {
    const book = createSecretBook()
    const token = (nth: number) => `Zm9vYmFyYmF6cXV1eA.${nth}`
    book.remember(sessionOf('alice', token(1)), 'alice')
    const before = book.learned

    book.remember(sessionOf('alice', token(1)), 'alice')
    const anew = book.learned
    book.remember(sessionOf('alice', token(2)), 'alice')

    expect(anew).toBe(before)
    expect(book.learned).toBeGreaterThan(before)
  })

  it('stays known while the same people sign in again, with whatever they type', () => {
    const book = createSecretBook()
    const typed = ['tulip9', 'Winter2026!', 'a sentence as long as this one']
    for (const one of typed) book.add(one, '{{alice.password}}')
    const before = book.learned

    for (const one of typed) book.add(one, '{{alice.password}}')
    const again = book.learned
    book.add('tulip10', '{{alice.password}}')

    expect(again).toBe(before)
    expect(book.learned).toBeGreaterThan(before)
  })

  it('is no other one that differs in its end, its type, its coding or its length alone', () => {
    const written = createWrittenBodies<string>(1000)
    const body = { ...bodyOf('{"a":1}'), type: 'application/json', coding: undefined }
    for (let time = 0; time < 2; time++) written.keep('a', body, 0, { about: 'x', json: '"a"' })

    const others = [
      { ...body, ...bodyOf('{"a":2}') },
      { ...body, type: 'text/plain' },
      { ...body, coding: 'gzip' },
      { ...body, size: 8 },
    ]

    expect(written.find('a', body, 0)?.json?.toString()).toBe('"a"')
    expect(others.map((other) => written.find('a', other, 0))).toEqual(Array(4).fill(undefined))
  })
})

describe('what is remembered of bodies', () => {
  const bodyNamed = (text: string) => ({ ...bodyOf(text), type: '', coding: undefined })

  it('is never more than it may be', () => {
    const written = createWrittenBodies<undefined>(1000)
    let most = 0

    for (let nth = 0; nth < 400; nth++) {
      const body = bodyNamed('x'.repeat(nth % 150))
      written.keep(`${nth >> 1}`, body, 0, { about: undefined, json: 'y'.repeat(nth % 70) })
      most = Math.max(most, written.bytes)
    }

    expect(most).toBeGreaterThan(700)
    expect(most).toBeLessThanOrEqual(1000)
  })

  it('is a copy', () => {
    const written = createWrittenBodies<undefined>(1000)
    const body = bodyNamed('first')
    const result = { about: undefined, json: Buffer.from('"first"') }
    for (let time = 0; time < 2; time++) written.keep('a', body, 0, result)

    body.bytes.fill('x')
    result.json.fill('x')

    expect(written.find('a', body, 0)).toBeUndefined()
    expect(written.find('a', bodyNamed('first'), 0)?.json?.toString()).toBe('"first"')
  })

  it('costs few copies where no body comes twice, and is the last one again soon after', () => {
    const written = createWrittenBodies<undefined>(10_000)
    let copies = 0
    const comesAgain = (text: string) => {
      const body = bodyNamed(text)
      if (written.find('a', body, 0)) return true
      const before = written.bytes
      written.keep('a', body, 0, { about: undefined, json: undefined })
      if (written.bytes !== before) copies++
      return false
    }

    for (let nth = 1; nth <= 1280; nth++) comesAgain('x'.repeat(nth))
    const polls = Array.from({ length: 70 }, () => comesAgain('the same'))

    expect(copies).toBeLessThan(40)
    expect(polls).toContain(true)
    expect(polls.slice(polls.indexOf(true))).not.toContain(false)
  })
})
