import { inspect } from 'node:util'
import nock from 'nock'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PasswordProviderConfig } from '../../../src/config/config.ts'
import { createEchoTest } from '../../../src/tokens/echo.ts'
import { jwt, mentorship, ORIGIN, providerOf, tokenSet, withClaims } from './password-setting.ts'

const PASSWORD = 'canary-pässword-%$ 1'
const dispatcher = new Agent()
const access = jwt({ identity: 7 })

beforeAll(() => nock.disableNetConnect())
afterEach(() => {
  nock.cleanAll()
  vi.restoreAllMocks()
})
afterAll(async () => {
  nock.restore()
  nock.enableNetConnect()
  await dispatcher.close()
})

/** Everything a log or an error page could show of `value`, causes and hidden members included. */
function shown(value: unknown): string {
  const text = inspect(value, { depth: 10, showHidden: true, maxStringLength: null })
  const error = value instanceof Error ? `${value.stack} ${value.message}` : ''
  return `${text} ${error} ${JSON.stringify(value)}`
}

const signIn = (config: PasswordProviderConfig = mentorship()) =>
  providerOf(dispatcher, config).signIn({ username: 'ada', password: PASSWORD })

describe('the password', () => {
  const answers: Array<[name: string, status: number, body: unknown, headers?: object]> = [
    ['a sign-in', 200, { access_token: access, id: 7 }],
    ['an echo in the message', 401, { message: `"${PASSWORD}" is not a valid password` }],
    ['an echo in text', 400, `bad: ${PASSWORD}`, { 'content-type': 'text/plain' }],
    ['an echo as a key', 200, { [PASSWORD]: 1, [`x-${PASSWORD}`]: { deep: 1 } }],
    ['an echo as a key beside a token', 200, { access_token: 'opaque', [PASSWORD]: 1 }],
    ['an echo in a cookie', 200, {}, { 'set-cookie': `a=${encodeURIComponent(PASSWORD)}` }],
    ['a page', 200, `<html>${PASSWORD}`],
    ['a failure', 500, { message: PASSWORD }],
    ['a redirect', 302, PASSWORD, { location: `/login?p=${encodeURIComponent(PASSWORD)}` }],
  ]

  it.each(answers)('is not shown by what comes of %s', async (_, status, body, headers = {}) => {
    const written = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')]
    nock(ORIGIN)
      .post('/login')
      .reply(status, body as string, headers as Record<string, string>)

    const outcome = await signIn(withClaims())

    expect(shown(outcome)).not.toContain('canary')
    expect(
      written
        .flatMap((spy) => spy.mock.calls)
        .flat()
        .map(String)
        .join(''),
    ).not.toContain('canary')
  })

  it('is not shown by what comes of a failed connection, nor are tokens', async () => {
    const error = Object.assign(new Error('boom'), { data: PASSWORD, cause: new Error(PASSWORD) })
    nock(ORIGIN).post('/login').replyWithError(error)

    const outcome = await signIn()

    expect(outcome).toMatchObject({ kind: 'unreachable', cause: { message: 'boom' } })
    expect(shown(outcome)).not.toContain('canary')
  })

  it('is not shown by an identity call that refuses, nor is the token', async () => {
    nock(ORIGIN).post('/login').reply(200, { access_token: access })
    nock(ORIGIN)
      .get('/user')
      .reply(403, { [access]: PASSWORD })

    const outcome = await signIn()

    expect(outcome.kind).toBe('unreadable')
    expect(shown(outcome)).not.toContain('canary')
    expect(shown(outcome)).not.toContain(access)
  })

  it('is not kept by the provider', async () => {
    nock(ORIGIN).post('/login').reply(401)
    const { provider, signIn: attempt } = providerOf(dispatcher, mentorship())

    await attempt({ username: 'ada', password: PASSWORD })

    expect(shown(provider)).not.toContain('canary')
  })
})

describe('a token', () => {
  it('is not shown by a refresh that cannot be read', async () => {
    const config = {
      ...withClaims(),
      tokens: { access: [{ pointer: '/nope' }], refresh: [], expiresIn: [] },
    }
    nock(ORIGIN).post('/refresh').reply(200, { access_token: 'canary-access', jwt: access })

    const outcome = await providerOf(dispatcher, config).refresh(tokenSet({ refresh: 'canary-r' }))

    expect(outcome.kind).toBe('unreachable')
    expect(shown(outcome)).toContain('/access_token')
    expect(shown(outcome)).not.toContain('canary')
    expect(shown(outcome)).not.toContain(access)
  })
})

describe('what was typed in secret', () => {
  const typed = {
    username: 'ada',
    password: 'hunter2',
    pin: 1234,
    grant_type: 'password',
    remember: true,
    user: { email: 'ada@example.org', secret: 'sword-fish', word: 'wrong' },
    empty: '',
    short: 'A1',
  }
  const echoes = createEchoTest(typed, ['username', 'email'])

  it.each([
    ['hunter2', true],
    ['"hunter2" is too short', true],
    ['your pin 1234', true],
    ['sword-fish', true],
    ['A1', true],
    ['A12', false],
    ['ada@example.org is unknown', false],
    ['no account ada', false],
    ['Username or password is wrong.', false],
    ['true', false],
    ['', false],
  ])('is or is not recognised in %j', (text, found) => {
    expect(echoes(text)).toBe(found)
  })
})
