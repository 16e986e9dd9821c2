// The cookie: what is taken for it, what is not, and how it comes and goes. Rows as in sessions.test.ts.
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { createCookieReader } from '../../src/session/reader.ts'
import { createTicket } from '../../src/session/ticket.ts'
import { cookieVariants } from '../support/cookie-variants.ts'
import { COOKIE, codecOf, login, NOBODY, openDeployment, refusal } from '../support/deployment.ts'
import { openDice } from '../support/dice.ts'
import { cookieOf, newKey, TEST_KEY } from '../support/gateway.ts'
import { suspectHeaders, suspectValues } from '../support/header-names.ts'
import type { Answer } from '../support/http.ts'

describe('a cookie', { timeout: 60_000 }, () => {
  it('V9.1.1: is accepted only as it was issued: 100,000 variants and none opens', async () => {
    const dice = openDice()
    const codec = await codecOf(TEST_KEY)
    const foreign = await codecOf(newKey())
    const issued = Array.from({ length: 20 }, () => codec.seal(createTicket(systemRandom)))
    let unreadable = 0
    const reader = createCookieReader({
      name: COOKIE,
      codec,
      capacity: 1000,
      onUnreadable: () => unreadable++,
    })
    // The memory of opened cookies is warm with the originals.
    const good = issued.filter((value) => reader.read(`${COOKIE}=${value}`).kind === 'ticket')
    const accepted: string[] = []
    let tried = 0

    for (const value of cookieVariants(issued, 100_000, dice)) {
      tried++
      if (reader.read(`${COOKIE}=${value}`).kind === 'ticket') accepted.push(value)
    }
    for (let i = 0; i < 1000; i++) {
      const value = foreign.seal(createTicket(systemRandom))
      tried++
      if (reader.read(`${COOKIE}=${value}`).kind === 'ticket') accepted.push(value)
    }

    console.log(`cookie variants: ${tried} tried, COATCHECK_SEED=${dice.seed}`)
    expect(good).toEqual(issued)
    expect(tried).toBeGreaterThan(100_000)
    expect(accepted).toEqual([])
    expect(unreadable).toBeGreaterThan(100_000)
  })

  it('V9.1.1: nor through HTTP: 2,000 variants of a live one get 401, are counted, and it lives on', async () => {
    const dice = openDice()
    await using it = await openDeployment()
    const ada = await it.gateway.signIn('ada')
    const bob = await it.gateway.signIn('bob')
    const issued = [ada, bob].map(({ cookie }) => cookie.slice(COOKIE.length + 1))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a client may not send them
    const sendable = /^[^\u0000-\u0008\u000a-\u001f\u007f\u0100-\uffff]*$/
    const variants = [...cookieVariants(issued, 20_000, dice)].filter((value) =>
      sendable.test(value),
    )
    const answers: unknown[] = []

    for (const value of dice.shuffle(variants).slice(0, 2000)) {
      const answer = await it.gateway.person(`${COOKIE}=${value}`).get('/api/user')
      const [status, code] = refusal(answer)
      const cleared = answer.headers['set-cookie'] !== undefined
      const twice = value.includes(`;`)
      if (status !== 401 || code !== 'session_required' || (cleared && !twice)) {
        answers.push([value, status, code, cleared])
      }
    }

    expect(answers).toEqual([])
    expect(it.calls('/user')).toBe(0)
    expect(await it.metric('cookies_unreadable_total')).toBeGreaterThan(1500)
    expect((await ada.get('/api/user')).status).toBe(200)
  })

  it('64: has no parts: numbered names lead nowhere and cost nothing', async () => {
    await using it = await openDeployment()
    const ada = await it.gateway.signIn('ada')
    const value = ada.cookie.slice(COOKIE.length + 1)
    const half = Math.ceil(value.length / 2)
    const parts = [value.slice(0, half), value.slice(half)]

    for (const cookie of [
      `${COOKIE}_1of999999999=${value}`,
      `${COOKIE}_0=${parts[0]}; ${COOKIE}_1=${parts[1]}`,
      `${COOKIE}.0=${parts[0]}; ${COOKIE}.1=${parts[1]}`,
      `${COOKIE}.1=${parts[1]}; ${COOKIE}.0=${parts[0]}; ${COOKIE}.999999999=x`,
      `${COOKIE}=${parts[0]}; ${COOKIE}_1=${parts[1]}`,
      `${COOKIE}[]=${value}`,
    ]) {
      expect([cookie, ...refusal(await it.gateway.person(cookie).get('/api/user'))]).toEqual([
        cookie,
        ...NOBODY,
      ])
    }
  })

  it.each([
    ['an attribute before it', 'ok', (own: string) => `$Version=1; ${own}; $Path=/`],
    ['others around it', 'ok', (own: string) => `theme=dark; ${own}; lang=en`],
    ['an empty name before it', 'ok', (own: string) => `=planted; ${own}`],
    ['no name and no value before it', 'ok', (own: string) => `; ;=; ${own};`],
    ['no white space', 'ok', (own: string) => `a=1;${own};b=2`],
    ['a tab before it', 'ok', (own: string) => `a=1;\t${own}`],
    [
      'a name that is longer',
      'ok',
      (own: string) => `x${COOKIE}=planted; ${COOKIE}x=planted; ${own}`,
    ],
    ['a name in capitals', 'ok', (own: string) => `${COOKIE.toUpperCase()}=planted; ${own}`],
    [
      'a non-breaking space before a planted one',
      'ok',
      (own: string) => `\u00a0${COOKIE}=x; ${own}`,
    ],
    ['a next line before a planted one', 'ok', (own: string) => `\u0085${COOKIE}=x; ${own}`],
    ['200 others', 'ok', (own: string) => `${'a=1; '.repeat(200)}${own}`],
    ['8 KB of another', 'ok', (own: string) => `a=${'x'.repeat(8192)}; ${own}`],
    ['a planted one before it', 'twice', (own: string) => `${COOKIE}=planted; ${own}`],
    ['a planted one behind it', 'twice', (own: string) => `${own}; ${COOKIE}=planted`],
    ['an empty one before it', 'twice', (own: string) => `${COOKIE}=; ${own}`],
    ['itself', 'twice', (own: string) => `${own}; ${own}`],
    ['white space before a planted one', 'twice', (own: string) => `\t ${COOKIE}=x; ${own}`],
    ['a planted one in quotes', 'twice', (own: string) => `${COOKIE}="x"; ${own}`],
    ['quotes around it', 'none', (own: string) => `${COOKIE}="${own.slice(COOKIE.length + 1)}"`],
    ['a space before the equals sign', 'none', (own: string) => own.replace('=', ' =')],
    ['only a non-breaking space before it', 'none', (own: string) => `\u00a0${own}`],
    ['a comma before it', 'none', (own: string) => `a=1, ${own}`],
  ])('1.3b, 74: with %s: %s', async (_how, outcome, spell) => {
    await using it = await openDeployment()
    const ada = await it.gateway.signIn('ada')

    const answer = await it.gateway.person(spell(ada.cookie)).get('/api/user')

    if (outcome === 'ok') expect([answer.status, answer.json().username]).toEqual([200, 'ada'])
    else expect(refusal(answer)).toEqual(NOBODY)
    // Whoever planted it must not be able to sign anybody out for good: only two of our name are cleared.
    const cleared = answer.headers['set-cookie'] !== undefined
    expect(cleared).toBe(outcome === 'twice')
  })

  it('V4.2.5: too large to be read at all is a 431 problem, and the next request is served', async () => {
    await using it = await openDeployment()
    const ada = await it.gateway.signIn('ada')

    const answer = await it.gateway
      .person(`${ada.cookie}; a=${'x'.repeat(100_000)}`)
      .get('/api/user')

    expect([...refusal(answer), answer.headers['content-type']]).toEqual([
      431,
      'too_large',
      'application/problem+json',
    ])
    expect((await ada.get('/api/user')).status).toBe(200)
  })

  it('1.3b: in a second Cookie header is the second of its name', async () => {
    await using it = await openDeployment()
    const ada = await it.gateway.signIn('ada')
    const common = ['Host', it.gateway.host, 'Sec-Fetch-Site', 'same-origin']

    const split = await it.gateway.send('/api/user', {
      headers: [...common, 'Cookie', 'a=1', 'Cookie', ada.cookie],
    })
    const planted = await it.gateway.send('/api/user', {
      headers: [...common, 'Cookie', `${COOKIE}=planted`, 'cookie', ada.cookie],
    })

    expect(split.status).toBe(200)
    expect(refusal(planted)).toEqual(NOBODY)
  })

  it('1.3b: on https has one spelling of its name', async () => {
    await using it = await openDeployment('memory', { publicOrigin: 'https://app.example.org' })
    const ada = await it.gateway.signIn('ada')
    const value = ada.cookie.slice(ada.cookie.indexOf('=') + 1)

    expect(ada.cookie).toMatch(/^__Host-coatcheck=/)
    expect((await ada.get('/api/user')).status).toBe(200)
    for (const name of [
      '__host-coatcheck',
      '__HOST-coatcheck',
      '__Secure-coatcheck',
      'coatcheck',
    ]) {
      expect(refusal(await it.gateway.person(`${name}=${value}`).get('/api/user'))).toEqual(NOBODY)
    }
    const beside = it.gateway.person(`__host-coatcheck=planted; ${ada.cookie}`)
    expect((await beside.get('/api/user')).status).toBe(200)
  })

  it('70: is taken back with the attributes it was given with', async () => {
    await using it = await openDeployment('memory', { publicOrigin: 'https://app.example.org' })
    const answer = await it.gateway.send('/auth/login', login())
    const ada = it.gateway.person(cookieOf(answer))
    const out = await ada.send('/auth/logout', { method: 'POST' })

    const attributes = (line = '') =>
      line
        .split('; ')
        .slice(1)
        .filter((part) => !/^(Max-Age|Expires)=/.test(part))
        .sort()
    const [given] = answer.headers['set-cookie'] ?? []
    const [taken] = out.headers['set-cookie'] ?? []
    expect(attributes(taken)).toEqual(attributes(given))
    expect(attributes(given)).toEqual(['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure'])
    expect(taken).toMatch(/^__Host-coatcheck=; Max-Age=0;/)
  })

  it('71: tossed by a sibling, or sent from its pages, is of no use', async () => {
    await using it = await openDeployment('memory', { publicOrigin: 'https://app.example.org' })
    const ada = await it.gateway.signIn('ada')
    const mallory = await it.gateway.signIn('mallory')
    const sibling = {
      'sec-fetch-site': 'same-site',
      'sec-fetch-mode': 'cors',
      'sec-fetch-dest': 'empty',
      origin: 'https://evil.example.org',
    }

    const tossed = await it.gateway
      .person(`${mallory.cookie}; ${ada.cookie}`)
      .send('/api/notes', { method: 'POST', json: {} })
    const forged = await ada.send('/api/notes', { method: 'POST', json: {}, headers: sibling })
    const read = await ada.get('/api/user', { headers: sibling })

    expect(refusal(tossed)).toEqual(NOBODY)
    expect(refusal(forged)).toEqual([403, 'csrf_refused'])
    expect(refusal(read)).toEqual([403, 'csrf_refused'])
    expect(it.calls('/notes') + it.calls('/user')).toBe(0)
  })

  it('1.8: is the only way in: the same value elsewhere opens nothing', async () => {
    await using it = await openDeployment()
    const ada = await it.gateway.signIn('ada')
    const value = ada.cookie.slice(COOKIE.length + 1)

    const answers = [
      await it.gateway.send(`/api/user?${ada.cookie}`),
      await it.gateway.send(`/api/user?session=${value}`),
      await it.gateway.send(`/api/user;${ada.cookie}`),
      await it.gateway.send('/api/user', { headers: { [COOKIE]: value } }),
      await it.gateway.send('/api/user', { headers: { 'x-session': value } }),
      await it.gateway.send('/api/user', { headers: { authorization: `Bearer ${value}` } }),
      await it.gateway.send('/api/user', { headers: { 'set-cookie': ada.cookie } }),
      await it.gateway.send('/api/user', { method: 'POST', json: { [COOKIE]: value } }),
      await it.gateway.send('/api/user', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: ada.cookie,
      }),
    ]

    for (const answer of answers) expect(refusal(answer)).toEqual(NOBODY)
    expect(it.calls('/user')).toBe(0)
  })

  it('1.8: goes out in answers that nobody keeps', async () => {
    await using it = await openDeployment()

    const answers = [
      await it.gateway.send('/auth/login', login()),
      await it.gateway.send('/api/login', login()),
    ]
    const ada = it.gateway.person(cookieOf(answers[0] as Answer))
    answers.push(
      await it.gateway.person(`${ada.cookie}; ${ada.cookie}`).get('/api/user'),
      await it.gateway.person(`${ada.cookie}; ${ada.cookie}`).get('/auth/session'),
      await ada.send('/auth/logout', { method: 'POST' }),
    )

    for (const { headers } of answers) {
      expect(headers['set-cookie']).toHaveLength(1)
      expect(headers['cache-control']).toBe('no-store')
    }
  })
})

describe('62: nothing else that we or the provider make', { timeout: 60_000 }, () => {
  it('is taken for a session', async () => {
    await using it = await openDeployment()
    const ada = await it.gateway.signIn('ada')
    const { ref } = (await ada.get('/auth/session')).json()
    const [issued] = it.upstream.signIns
    const codec = await codecOf(TEST_KEY)
    const ticket = codec.open(ada.cookie.slice(COOKIE.length + 1))?.ticket
    if (!ticket || !issued) throw new Error('there should be a session')
    await ada.get('/api/notes')
    const via = String(it.upstream.last.headers.via)

    for (const value of [
      issued.access,
      issued.refresh,
      ref,
      ticket.id,
      ticket.key,
      ticket.storeKey,
      ticket.text,
      TEST_KEY.toString('base64url'),
      via,
      it.upstream.last.headers['x-request-id'],
    ]) {
      const person = it.gateway.person(`${COOKIE}=${value}`)
      expect(refusal(await person.get('/api/user'))).toEqual(NOBODY)
    }
    expect(it.calls('/user')).toBe(0)
  })

  it("75: whatever the scheme, not even the user's own upstream token", async () => {
    await using it = await openDeployment()
    await it.gateway.signIn('ada')
    const [issued] = it.upstream.signIns
    const token = issued?.access ?? ''
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`

    for (const scheme of ['Bearer', 'bearer', 'Token', 'Basic', 'DPoP', 'JWT', 'Negotiate', '']) {
      for (const value of [token, unsigned, issued?.refresh, 'undefined', 'null', '']) {
        const answer = await it.gateway.send('/api/user', {
          headers: { authorization: `${scheme} ${value}`.trim() },
        })
        expect(refusal(answer)).toEqual(NOBODY)
      }
    }
    expect(it.calls('/user')).toBe(0)
  })

  it('22, 34, V4.1.3: no header value ever grants access', async () => {
    await using it = await openDeployment()
    const granted: string[] = []
    const host = ['Host', it.gateway.host]
    const ask = async (headers: readonly string[]) => {
      // Whoever gets through without a token is answered by an echo.
      const answer = await it.gateway.send('/api/notes', { headers: [...host, ...headers] })
      if (answer.status < 400) granted.push(headers.join(': '))
    }

    for (const name of suspectHeaders) {
      await Promise.all(suspectValues.map((value) => ask([name, value])))
    }
    for (const value of suspectValues) {
      await ask(suspectHeaders.slice(0, 200).flatMap((name) => [name, value]))
    }

    expect(suspectHeaders.length).toBeGreaterThanOrEqual(500)
    expect(granted).toEqual([])
    expect(it.upstream.requests).toHaveLength(0)
  })
})
