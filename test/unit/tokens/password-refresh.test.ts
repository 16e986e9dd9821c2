import nock from 'nock'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { PasswordProviderConfig, RefreshConfig } from '../../../src/config/config.ts'
import { jwt, mentorship, ORIGIN, providerOf, tokenSet, withClaims } from './password-setting.ts'

const now = Date.UTC(2030, 0, 1)
const old = tokenSet({
  access: jwt({ identity: 7, n: 1 }),
  accessExpiresAt: now + 60_000,
  refresh: 'old-refresh',
  refreshExpiresAt: now + 2_419_200_000,
})
const fresh = jwt({ identity: 7, n: 2, exp: now / 1000 + 600 })
const dispatcher = new Agent()

beforeAll(() => nock.disableNetConnect())
afterEach(() => {
  const unused = nock.pendingMocks()
  nock.cleanAll()
  expect(unused).toEqual([])
})
afterAll(async () => {
  nock.restore()
  nock.enableNetConnect()
  await dispatcher.close()
})

const setUp = (config: PasswordProviderConfig = mentorship()) => providerOf(dispatcher, config)
const answers = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  nock(ORIGIN)
    .post('/refresh')
    .reply(status, body as string, headers)

describe('a refresh at the Mentorship System', () => {
  it('sends the refresh token without a body, and keeps it with its own expiry', async () => {
    nock(ORIGIN, {
      reqheaders: { authorization: 'Bearer old-refresh' },
      badheaders: ['cookie', 'content-type', 'x-forwarded-for'],
    })
      .post('/refresh', '')
      .reply(200, { access_token: fresh })

    expect(await setUp().refresh(old)).toEqual({
      kind: 'fresh',
      tokens: {
        access: fresh,
        accessExpiresAt: now + 600_000,
        refresh: 'old-refresh',
        refreshExpiresAt: now + 2_419_200_000,
        issuedAt: now,
      },
    })
  })

  it.each([
    'The token has expired! Please, login again or refresh it.',
    'The token is invalid!',
    'The authorization token is missing!',
  ])('is refused by 401 %s', async (message) => {
    answers({ message }, 401)

    expect(await setUp().refresh(old)).toEqual({ kind: 'refused' })
  })
})

describe('a refresh', () => {
  it('takes a rotated refresh token with its own expiry, and none of the old', async () => {
    const rotated = jwt({ exp: now / 1000 + 3600 })
    answers({ access_token: fresh, refresh_token: rotated })
    answers({ access_token: fresh, refresh_token: 'opaque' })

    expect(await setUp().refresh(old)).toMatchObject({
      tokens: { refresh: rotated, refreshExpiresAt: now + 3_600_000 },
    })
    const second = await setUp().refresh(old)
    expect(second).toMatchObject({ tokens: { refresh: 'opaque' } })
    expect(second).not.toHaveProperty('tokens.refreshExpiresAt')
  })

  it('keeps the id token where none comes, and not the old access expiry', async () => {
    answers({ access_token: 'opaque' })

    const outcome = await setUp().refresh({ ...old, id: 'old-id' })

    expect(outcome).toMatchObject({ tokens: { access: 'opaque', id: 'old-id' } })
    expect(outcome).not.toHaveProperty('tokens.accessExpiresAt')
    expect(outcome).not.toHaveProperty('tokens.owner')
  })

  const authorized = (authorize: RefreshConfig['authorize']): PasswordProviderConfig => ({
    ...mentorship(),
    refresh: { url: new URL('/refresh?v=2', ORIGIN), authorize },
  })

  it('is authorised by the access token where the configuration says so', async () => {
    nock(ORIGIN, { reqheaders: { authorization: `Bearer ${old.access}` } })
      .post('/refresh?v=2', '')
      .reply(200, { access_token: fresh })

    expect(await setUp(authorized({ bearer: 'access' })).refresh(old)).toMatchObject({
      kind: 'fresh',
    })
  })

  it('is authorised by a form', async () => {
    nock(ORIGIN, { badheaders: ['authorization'] })
      .post('/refresh?v=2', { grant_type: 'refresh_token', refresh_token: '{access}+&$1' })
      .matchHeader('content-type', 'application/x-www-form-urlencoded')
      .reply(200, { access_token: fresh })

    const form = { grant_type: 'refresh_token', refresh_token: '{refresh}' }
    expect(
      await setUp(authorized({ form })).refresh({ ...old, refresh: '{access}+&$1' }),
    ).toMatchObject({ kind: 'fresh' })
  })

  it('is authorised by JSON', async () => {
    nock(ORIGIN)
      .post('/refresh?v=2', { token: `T ${old.access}`, refresh: 'old-refresh' })
      .matchHeader('content-type', 'application/json')
      .reply(200, { access_token: fresh })

    const json = { token: 'T {access}', refresh: '{refresh}' }
    expect(await setUp(authorized({ json })).refresh(old)).toMatchObject({ kind: 'fresh' })
  })

  it.each([400, 401, 403, 404, 410, 422])('is refused by %d', async (status) => {
    answers({ error: 'invalid_grant' }, status)

    expect(await setUp().refresh(old)).toEqual({ kind: 'refused' })
  })

  it.each([
    ['408', 408, '', {}],
    ['425', 425, '', {}],
    ['429', 429, { message: 'slow down' }, {}],
    ['500', 500, { message: 'boom' }, {}],
    ['503', 503, '', {}],
    ['a redirect', 302, '', { location: 'https://canary.test/' }],
    ['a page of 404', 404, '<h1>No such app</h1>', { 'content-type': 'text/html' }],
    ['a page of 403', 403, '<!doctype html>blocked', {}],
    ['a page of 200', 200, '<!doctype html>maintenance', { 'content-type': 'text/html' }],
    ['no token', 200, { ok: true }, {}],
    ['nothing', 204, '', {}],
    ['an array', 200, '[]', {}],
    ['a token no header can carry', 200, { access_token: 'a\nb' }, {}],
    ['more than 256 KiB', 200, { access_token: 'x'.repeat(300_000) }, {}],
  ])('leaves the session as it is on %s', async (_, status, body, headers) => {
    answers(body, status, headers as Record<string, string>)

    expect(await setUp().refresh(old)).toMatchObject({ kind: 'unreachable' })
  })

  it('is refused by 401 even where that is a page', async () => {
    answers('<h1>Unauthorized</h1>', 401, { 'content-type': 'text/html' })

    expect(await setUp().refresh(old)).toEqual({ kind: 'refused' })
  })

  it('is tried once', async () => {
    let calls = 0
    nock(ORIGIN)
      .post('/refresh')
      .times(9)
      .reply(() => {
        calls += 1
        return [503, '', { 'retry-after': '0' }]
      })

    await setUp().refresh(old)
    nock.cleanAll()

    expect(calls).toBe(1)
  })

  it('is not tried without a refresh token: the token is used while it lives, then refused', async () => {
    const { refresh: _, refreshExpiresAt: __, ...bare } = old
    const { clock, refresh } = setUp()

    expect(await refresh(bare)).toMatchObject({ kind: 'unreachable' })
    clock.advance(60_000)
    expect(await refresh(bare)).toEqual({ kind: 'refused' })
    const { accessExpiresAt: ___, ...unknown } = bare
    expect(await refresh(unknown)).toEqual({ kind: 'refused' })
  })
})

describe('the owner of a fresh token', () => {
  const ownerAfter = async (config: PasswordProviderConfig, claims: Record<string, unknown>) => {
    answers({ access_token: jwt(claims) })
    const outcome = await setUp(config).refresh(old)
    return outcome.kind === 'fresh' ? outcome.sub : outcome.kind
  }

  it('is told where identities come from claims', async () => {
    expect(await ownerAfter(withClaims(), { identity: 7 })).toBe('7')
    expect(await ownerAfter(withClaims(), { identity: 8 })).toBe('8')
    expect(await ownerAfter(withClaims(), { jti: 'x' })).toBeUndefined()
  })

  it('is told where identities come from a call, when it is somebody else than before', async () => {
    expect(await ownerAfter(mentorship(), { identity: 7 })).toBeUndefined()
    expect(await ownerAfter(mentorship(), { identity: 8 })).toBe('8')
    expect(await ownerAfter(mentorship(), { id: 8, jti: 'x' })).toBeUndefined()
    expect(await ownerAfter(mentorship(), { sub: 'ada' })).toBeUndefined()
  })
})

describe('a revocation', () => {
  const revoking = (bearer: 'access' | 'refresh'): PasswordProviderConfig => ({
    ...mentorship(),
    revoke: { url: new URL('/logout', ORIGIN), bearer },
  })

  it.each(['access', 'refresh'] as const)('sends the %s token', async (bearer) => {
    nock(ORIGIN, { reqheaders: { authorization: `Bearer ${old[bearer]}` } })
      .post('/logout', '')
      .reply(204)

    await expect(setUp(revoking(bearer)).revoke(old)).resolves.toBeUndefined()
  })

  it.each([401, 404, 500])('resolves when the provider answers %d', async (status) => {
    nock(ORIGIN).post('/logout').reply(status)

    await expect(setUp(revoking('access')).revoke(old)).resolves.toBeUndefined()
  })

  it('resolves when the connection fails, and without a token to send', async () => {
    nock(ORIGIN).post('/logout').replyWithError('boom')
    await expect(setUp(revoking('access')).revoke(old)).resolves.toBeUndefined()

    const { refresh: _, ...bare } = old
    await expect(setUp(revoking('refresh')).revoke(bare)).resolves.toBeUndefined()
  })
})
