// Names and spellings that have broken others: prototype names, malformed encodings, addresses and paths written otherwise.
// Rows as in sessions.test.ts.
import { describe, expect, it } from 'vitest'
import { COOKIE, login, openDeployment } from '../support/deployment.ts'
import { type Answer, rawRequest } from '../support/http.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

describe('14: names of the prototype', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

  it('are names like any other, wherever they stand', async () => {
    await using it = await openDeployment('memory', { claims: ['identity'] })
    const ada = await it.gateway.signIn('ada')
    const odd: unknown[] = []
    const note = (where: string, name: string, answer: Answer, expected: readonly number[]) => {
      if (!expected.includes(answer.status)) odd.push([where, name, answer.status])
    }

    for (const name of names) {
      const post = (path: string, json: unknown) => it.gateway.send(path, { method: 'POST', json })
      const typed = (path: string, type: string) =>
        ada.send(path, { method: 'POST', body: '{}', headers: { 'content-type': type } })
      for (const path of ['/auth/login', '/api/login']) {
        note('content type', name, await typed(path, name), [415])
        note('content type', name, await typed(path, `application/${name}`), [415])
        note('parameter', name, await typed(path, `application/json; ${name}=1`), [400, 401])
        const fields = `{"username":"ada","password":"any","${name}":{"admin":true}}`
        const body = {
          method: 'POST',
          body: fields,
          headers: { 'content-type': 'application/json' },
        }
        note('field', name, await it.gateway.send(path, body), [200, 400])
      }
      note('provider', name, await post('/auth/login', { provider: name, username: 'ada' }), [400])
      note('provider', name, await it.gateway.send(`/auth/login?provider=${name}`), [400])
      note('account', name, await post('/auth/login', { username: name, password: 'wrong' }), [401])
      note('content type upward', name, await typed('/api/notes', name), [200])
      note('header', name, await ada.get('/api/user', { headers: { [`${name}`]: 'x' } }), [200])
      note('query', name, await ada.get(`/api/user?${name}=1&${name}[admin]=1`), [200])
      note('query', name, await ada.get(`/auth/session?${name}=1&a[${name}]=1`), [200])
      note('path', name, await ada.get(`/api/${name}`), [200])
      note('path', name, await ada.get(`/${name}`), [404])
      note('path', name, await ada.get(`/auth/${name}`), [404])
      note('cookie', name, await it.gateway.person(`${name}=1`).get('/api/user'), [401])
      note(
        'cookie',
        name,
        await it.gateway.person(`${name}=1; ${ada.cookie}`).get('/api/user'),
        [200],
      )
      note('ours', name, await it.gateway.person(`${COOKIE}=${name}`).get('/api/user'), [401])
      const ref = { headers: { 'x-coatcheck-session': name } }
      note('expected session', name, await ada.get('/api/user', ref), [409])
    }

    expect(odd).toEqual([])
    expect({}).not.toHaveProperty('admin')
    expect((await ada.get('/auth/session')).json().claims).toEqual({ identity: 'ada' })
  })

  it('are no methods', async () => {
    await using it = await openDeployment()

    for (const method of [...names, 'CONNECT', 'TRACE', 'PROPFIND', 'get']) {
      const bytes = `${method} /api/user HTTP/1.1\r\nHost: ${it.gateway.host}\r\nConnection: close\r\n\r\n`
      const answer = (await rawRequest(it.gateway.port, bytes)).toString('latin1')
      expect([method, answer]).toEqual([method, expect.stringMatching(/^(HTTP\/1\.1 4\d\d |$)/)])
    }
    expect((await it.gateway.send('/auth/health')).status).toBe(204)
    expect(it.upstream.requests).toHaveLength(0)
  })
})

describe('63: malformed percent-encoding', () => {
  it('is answered at once, with 4xx and never 5xx', async () => {
    await using it = await openDeployment()
    const ada = await it.gateway.signIn('ada')
    const broken = ['%', '%z', '%zz', '%2', '%c0', '%c0%ae', '%ff%fe', '%e0%80', '%00', '%u0041']
    const long = '%'.repeat(8000)
    const found: unknown[] = []
    const times: number[] = []

    const ask = async (where: string, send: () => Promise<Answer>) => {
      const from = performance.now()
      const answer = await send()
      times.push(performance.now() - from)
      if (answer.status >= 500) found.push([where, answer.status])
    }
    for (const bad of [...broken, long]) {
      await ask(`path ${bad}`, () => ada.get(`/${bad}`))
      await ask(`under /api ${bad}`, () => ada.get(`/api/${bad}`))
      await ask(`under /auth ${bad}`, () => ada.get(`/auth/${bad}`))
      await ask(`after /auth/session ${bad}`, () => ada.get(`/auth/session${bad}`))
      await ask(`query ${bad}`, () => ada.get(`/api/user?${bad}=${bad}`))
      await ask(`returnTo ${bad}`, () =>
        it.gateway.send(`/auth/login?returnTo=${bad}&provider=${bad}`, {
          headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' },
        }),
      )
      await ask(`cookie ${bad}`, () => it.gateway.person(`${COOKIE}=${bad}`).get('/api/user'))
      await ask(`other cookie ${bad}`, () =>
        it.gateway.person(`a=${bad}; ${ada.cookie}`).get('/api/user'),
      )
      await ask(`fields ${bad}`, () =>
        it.gateway.send('/auth/login', {
          method: 'POST',
          body: `username=${bad}`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      )
      await ask(`referer ${bad}`, () => ada.get('/api/user', { headers: { referer: bad } }))
    }
    const malformed = await it.gateway.send('/api/%zz')

    expect(found).toEqual([])
    expect([malformed.status, malformed.headers['coatcheck-problem']]).toEqual([400, 'bad_request'])
    // The median: a busy machine may be late once, a parser that backtracks is late every time.
    expect(times.sort((a, b) => a - b)[Math.floor(times.length / 2)]).toBeLessThan(150)
  })
})

describe('76: limits and paths', () => {
  it('go by the address itself, not by the way it is written', async () => {
    const limits = { signInPerAddress: 3, signInPerAccount: 1000, windowMs: MINUTE }
    await using it = await openDeployment('memory', { trustProxy: 1, limits })
    const from = (address: string, account: string) =>
      it.gateway.send('/auth/login', {
        ...login({ username: account, password: 'wrong' }),
        headers: { 'x-forwarded-for': address, 'sec-fetch-site': 'same-origin' },
      })

    const family: number[] = []
    const mapped: number[] = []
    for (let i = 0; i < 5; i++) {
      const six = `2001:db8:0:1:${i}::${i}`
      family.push((await from(i % 2 ? six : six.toUpperCase(), `six${i}`)).status)
      const four = i % 2 ? '::ffff:192.0.2.7' : '192.0.2.7'
      mapped.push((await from(four, `four${i}`)).status)
    }

    expect(family).toEqual([401, 401, 401, 429, 429])
    expect(mapped).toEqual([401, 401, 401, 429, 429])
    expect((await from('2001:db8:0:2::1', 'other')).status).toBe(401)
    // What the client itself put in front does not count.
    expect((await from('198.51.100.1, 192.0.2.7', 'spoofed')).status).toBe(429)
  })

  it('hold for every spelling of a protected path', async () => {
    await using it = await openDeployment()

    for (const path of [
      '//api/user',
      '/./api/user',
      '/x/../api/user',
      '/api//user',
      '/%61pi/user',
      '/api/user/',
      '/api/./user',
      '/api;x/user',
      '/api/user;.css',
      '/api/user%00.css',
      '/api/user%3F.css',
      '/API/user',
      '/api\\user',
      '/api%2fuser',
    ]) {
      const answer = await it.gateway.send(path)
      expect([path, answer.status]).toEqual([path, expect.toSatisfy((status) => status >= 400)])
      expect(answer.status).toBeLessThan(500)
    }
    expect(it.upstream.requests).toHaveLength(0)
  })
})
