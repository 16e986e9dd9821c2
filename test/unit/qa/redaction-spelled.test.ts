// What is known to be a secret is hidden however it is spelled, and however many others are spelled alike.
import { describe, expect, it } from 'vitest'
import { createEntries } from '../../../src/qa/record/entry.ts'
import { createPersonaNames } from '../../../src/qa/record/persona-names.ts'
import { createTextRedactor } from '../../../src/qa/record/redact-text.ts'
import { createSecretBook } from '../../../src/qa/record/secret-book.ts'

type Seen = Parameters<ReturnType<typeof createEntries>>[0]

const inJson = (value: unknown) => JSON.stringify(value)
const hexOf = (text: string) => Buffer.from(text).toString('hex')

describe('a known password', () => {
  const book = createSecretBook()
  const texts = createTextRedactor(book, [])
  for (const password of ['Sommer2026!', `W<27>&x'y"/é`, 'two words 7', 'Geheimnis'])
    book.add(password, '{{bob.password}}')

  const spelled = [
    'Sommer2026&#33;',
    'Sommer2026&#x21;',
    '&#83;ommer2026!',
    'Sommer2026%21',
    'Sommer2026%2521',
    '%53%6f%6d%6d%65%72%32%30%32%36%21',
    'sommer2026!',
    'SOMMER2026!',
    'sOMMER2026&#33;',
    '\\u0053ommer2026\\u0021',
    hexOf('Sommer2026!'),
    hexOf('my Sommer2026!').toUpperCase(),
    btoa('bob:Sommer2026!').replaceAll('/', '\\/'),
    `W&lt;27&gt;&amp;x&#39;y&quot;/é`,
    `W&lt;27&gt;&amp;x&apos;y&#34;&#x2F;&#233;`,
    `W%3c27%3e%26x'y%22/%c3%a9`,
    `W%3C27%3E%26x%27y%22%2F%E9`,
    `W\\u003c27\\u003e\\u0026x\\u0027y\\"/é`,
    `W\\\\u003c27\\\\u003e\\\\u0026x'y\\\\\\"\\\\/\\\\u00e9`,
    'two+words+7',
    'two%20words%207',
    'GEHEIMNIS',
  ]

  it.each(spelled.map((text) => [text]))('is hidden as %s', (text) => {
    const bodies = [
      [text, 'text/plain'],
      [`<p>it is ${text}.</p>`, 'text/html'],
      [inJson({ a: `it is ${text}.` }), 'application/json'],
      [`a=1&q=${encodeURIComponent(text)}`, 'application/x-www-form-urlencoded'],
    ] as const
    for (const [body, type] of bodies) {
      const shown = texts.body(body, type, 'alice', false)
      expect(shown).toContain('{{bob.password}}')
      expect(shown).not.toContain(text)
    }
  })

  it.each([
    'Tom &amp; Jerry, 100%25 \\n \\u0041 geheimnis',
    '{"a":"x\\ny","b":"&lt;b&gt;"}',
    hexOf('Winter2026!'),
  ])('is not seen in %s', (text) => {
    expect(texts.text(text)).toBe(text)
  })

  it('goes alone: what stands beside it stays', () => {
    expect(texts.text('a%20&lt;Sommer2026&#33;&gt;%20b \\u0041')).toBe(
      'a%20&lt;{{bob.password}}&gt;%20b \\u0041',
    )
  })
})

describe('ten thousand people whose passwords begin alike', () => {
  const book = createSecretBook()
  const many = Array.from({ length: 10_000 }, (_, nth) => `Passw0rd!${nth}`)
  for (const [nth, password] of many.entries()) book.add(password, `{{user${nth}.password}}`)
  const { text } = createTextRedactor(book, [])

  it('are all hidden, each as their own', () => {
    expect(book.full).toBe(false)
    for (const [nth, password] of many.entries())
      expect(text(`my ${password}.`)).toBe(`my {{user${nth}.password}}.`)
  })

  it.each([
    'Passw0rd!',
    'passw0rd!1',
    'Passw0rd',
    'UGFzc3cwcmQh',
    '&#80;assw0rd!',
    'P%61ssw0rd!99 ',
  ])('take no longer than the text: %s', (piece) => {
    const whole = piece.repeat((256 * 1024) / piece.length)
    const from = process.threadCpuUsage()
    text(whole)
    const { user, system } = process.threadCpuUsage(from)
    expect((user + system) / 1000).toBeLessThan(200)
  })
})

describe('an entry', () => {
  const session = {
    ticket: { text: 't'.repeat(40) },
    record: { ref: 'r', sub: 'alice', device: 'x' },
    content: { name: 'alice', tokens: {} },
  } as unknown as NonNullable<Seen['session']>
  const bodyOf = (value: unknown) => {
    const bytes = Buffer.from(typeof value === 'string' ? value : inJson(value))
    return { bytes, size: bytes.length }
  }
  function recording(book = createSecretBook()) {
    const lineOf = createEntries({
      book,
      redact: [],
      bodyBytes: 16_384,
      personas: createPersonaNames(new Map()),
      owners: new Map(),
    })
    return (seen: Partial<Seen>) =>
      lineOf({
        requestId: 'x',
        route: '/auth/login',
        method: 'POST',
        url: '/auth/login',
        origin: 'http://localhost:3000',
        startedAt: 0,
        endedAt: 3,
        began: 0,
        ended: 1,
        session: undefined,
        requestHeaders: [],
        requestBody: bodyOf(''),
        status: 200,
        responseHeaders: ['content-type', 'text/html'],
        responseBody: bodyOf(''),
        cut: undefined,
        ...seen,
      })
  }

  it('holds no password that was refused, however the answer to it spells it', () => {
    const line = recording()({
      signIn: { begun: undefined, account: 'alice' },
      status: 401,
      requestBody: bodyOf({ username: 'alice', password: 'tulip-7!' }),
      responseBody: bodyOf('<input value="tulip-7&#33;"> TULIP-7%21'),
    })

    expect(line.toLowerCase()).not.toContain('tulip')
  })

  it('holds no known password that was typed where the account belongs', () => {
    const record = recording()
    record({
      signIn: { begun: session, account: 'alice' },
      requestBody: bodyOf({ username: 'alice', password: 'Sommer2026!' }),
    })

    const line = record({
      signIn: { begun: undefined, account: 'sommer2026!' },
      status: 401,
      requestBody: bodyOf({ username: 'Sommer2026!', password: 'x' }),
    })

    expect(line.toLowerCase()).not.toContain('sommer')
    expect(JSON.parse(line)._persona).toBeNull()
  })

  it('is not written once more was typed than can be looked for', () => {
    const record = recording(createSecretBook({ mostWords: 4 }))
    record({})
    const signIn = { begun: session, account: 'alice' }

    const right = () =>
      record({ signIn, requestBody: bodyOf({ username: 'alice', password: 'Sommer2026!' }) })

    expect(right).toThrow('more passwords were typed')
    expect(() => record({})).toThrow('more passwords were typed')
  })

  it('holds no password in a path that was written before it was known', () => {
    const record = recording()
    const before = record({ url: '/api/Sommer2026!' })
    const signIn = { begun: session, account: 'alice' }
    record({ signIn, requestBody: bodyOf({ username: 'alice', password: 'Sommer2026!' }) })

    const after = record({ url: '/api/Sommer2026!' })

    expect(JSON.parse(before).request.url).toContain('Sommer')
    expect(after).not.toContain('Sommer')
  })

  it('keeps the account of a sign-in that was right, whoever has it as a password', () => {
    const record = recording()
    const signIn = { begun: session, account: 'alice-2026' }
    record({ signIn, requestBody: bodyOf({ username: 'alice-2026', password: 'bob-2026!' }) })

    const line = record({
      signIn: { begun: session, account: 'bob-2026!' },
      requestBody: bodyOf({ username: 'bob-2026!', password: 'alice-2026' }),
    })

    expect(JSON.parse(JSON.parse(line).request.postData.text).username).toBe('bob-2026!')
  })
})
