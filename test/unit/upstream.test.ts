import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../support/clock.ts'
import { type SendOptions, send } from '../support/http.ts'
import { startUpstream } from '../support/upstream.ts'

describe("a test's upstream", () => {
  it('signs anybody in, as JSON or form, except with the password "wrong"', async () => {
    await using upstream = await startUpstream()
    const form = { 'content-type': 'application/x-www-form-urlencoded' }

    const ada = await signIn(upstream.url, { json: { username: 'ada', password: 'any' } })
    const bert = await signIn(upstream.url, { headers: form, body: 'username=bert&password=any' })
    const refused = await signIn(upstream.url, { json: { username: 'ada', password: 'wrong' } })

    expect([ada.status, bert.status, refused.status]).toEqual([200, 200, 401])
    expect(refused.json()).toEqual({ message: expect.any(String) })
    const [first] = upstream.signIns
    expect(upstream.signIns.map(({ username }) => username)).toEqual(['ada', 'bert'])
    expect(ada.json()).toEqual({ access_token: first?.access, refresh_token: first?.refresh })
  })

  it('knows the owner of every token, and tells who it is', async () => {
    await using upstream = await startUpstream()
    const { access, refresh } = await tokensOf(upstream, 'ada')

    const profile = await send(upstream.url, '/user', { headers: bearer(access) })
    const renewed = await send(upstream.url, '/refresh', {
      method: 'POST',
      headers: bearer(refresh),
    })
    const nobody = await send(upstream.url, '/user')

    expect(profile.json()).toEqual({ id: 'ada', username: 'ada', name: 'ADA' })
    expect(upstream.refreshes).toEqual([{ username: 'ada', access: renewed.json().access_token }])
    expect(nobody.status).toBe(401)
    expect(upstream.requests.map(({ owner, token }) => [token, owner])).toEqual([
      ['absent', undefined],
      ['good', 'ada'],
      ['invalid', undefined],
      ['absent', undefined],
    ])
  })

  it('echoes what it got, and remembers it', async () => {
    await using upstream = await startUpstream()
    const { access } = await tokensOf(upstream, 'ada')
    const body = Buffer.from([0, 255, 13, 10])

    const answer = await send(upstream.url, '/a/b?c=d', {
      method: 'PATCH',
      headers: ['X-Twice', '1', 'x-twice', '2', 'authorization', `Bearer ${access}`],
      body,
    })

    expect(answer.json()).toEqual({
      method: 'PATCH',
      path: '/a/b?c=d',
      headers: expect.arrayContaining(['X-Twice', '1', 'x-twice', '2']),
      owner: 'ada',
      bodySha256: createHash('sha256').update(body).digest('hex'),
      bodyBytes: 4,
    })
    expect(upstream.last).toMatchObject({ method: 'PATCH', path: '/a/b', owner: 'ada', body })
    expect(upstream.last.headers).toMatchObject({ authorization: `Bearer ${access}` })
  })

  it('refuses a token that expired or was revoked, and lets none pass as nobody', async () => {
    const clock = manualClock()
    await using upstream = await startUpstream({ clock, accessMs: 1000 })
    const [old, fresh] = [await tokensOf(upstream, 'ada'), await tokensOf(upstream, 'ada')]

    upstream.revoke(fresh.access)
    const revoked = await send(upstream.url, '/echo', { headers: bearer(fresh.access) })
    clock.advance(1000)
    const expired = await send(upstream.url, '/echo', { headers: bearer(old.access) })
    const nobody = await send(upstream.url, '/echo')

    expect([revoked.status, revoked.json().message]).toEqual([401, 'The token is invalid!'])
    expect([expired.status, expired.json().message]).toEqual([
      401,
      'The token has expired! Please, login again or refresh it.',
    ])
    expect([nobody.status, nobody.json().owner]).toEqual([200, null])
  })

  it('lets a script answer, before or after the body', async () => {
    await using upstream = await startUpstream()
    const takeBack = upstream.on('/scripted', (request, response) => {
      response.writeHead(418).end(request.body)
    })
    upstream.onHead('/early', (_request, response) => {
      response.writeHead(413).end()
    })

    const scripted = await send(upstream.url, '/scripted', { method: 'POST', body: 'tea' })
    const early = await send(upstream.url, '/early', {
      method: 'POST',
      headers: { 'content-length': '9', expect: '100-continue' },
    })
    takeBack()
    const echoed = await send(upstream.url, '/scripted')

    expect([scripted.status, scripted.text, early.status, echoed.status]).toEqual([
      418,
      'tea',
      413,
      200,
    ])
  })

  it('holds calls and fails on purpose as the demo upstream does', async () => {
    await using upstream = await startUpstream()
    const hold = upstream.hold({ path: '/refresh' })
    upstream.fault({ path: '/notes' }, { answer: 503 })

    const held = send(upstream.url, '/refresh', { method: 'POST' })
    await hold.arrived()
    const failed = await send(upstream.url, '/notes')
    hold.release()

    expect([failed.status, (await held).status]).toEqual([503, 401])
  })

  it('tells of a script that threw', async () => {
    const upstream = await startUpstream()
    upstream.on('*', () => {
      throw new Error('a mistake in the script')
    })

    await expect(send(upstream.url, '/')).rejects.toThrow()

    await expect(upstream[Symbol.asyncDispose]()).rejects.toThrow('a mistake in the script')
  })

  it('has no last request before the first', async () => {
    await using upstream = await startUpstream()

    expect(() => upstream.last).toThrow('no request has reached the upstream')
  })
})

function signIn(url: string, options: SendOptions) {
  return send(url, '/login', { method: 'POST', ...options })
}

async function tokensOf(upstream: Awaited<ReturnType<typeof startUpstream>>, username: string) {
  await signIn(upstream.url, { json: { username, password: 'any' } })
  const issued = upstream.signIns.at(-1)
  if (!issued) throw new Error('nobody was signed in')
  return issued
}

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` }
}
