import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { accepted, KEY, openDirectory, refused, THREE, yamlWith } from './loading.ts'

describe('sources', () => {
  it('runs on three variables alone', async () => {
    const config = await accepted(undefined, { env: THREE })

    expect(config.source).toBe('environment')
    expect(config.publicOrigin).toBe('https://app.example.org')
    expect(config.routes).toMatchObject([{ match: 'prefix', at: '/api', provider: 'main' }])
    expect(config.providers[0]?.signIn.url.href).toBe('https://api.example.org/login')
    expect(config.cookie.keys).toEqual([Buffer.from(KEY, 'base64url')])
    expect(config.warnings).toEqual([])
  })

  it('fills in the contract’s defaults', async () => {
    const config = await accepted(undefined, { env: THREE, cwd: '/srv' })

    expect(config).toMatchObject({
      insecureHttp: false,
      listen: { host: '127.0.0.1', port: 3000 },
      operators: { host: '127.0.0.1', port: 3001 },
      cookie: { sameSite: 'strict' },
      session: { idleMs: 8 * 3_600_000, lifetimeMs: 7 * 86_400_000 },
      store: { kind: 'sqlite', path: '/srv/data/coatcheck.db' },
      trustProxy: 0,
      csrf: 'same-origin',
      pages: { signIn: '/sign-in', profile: '/' },
      timeouts: { connectMs: 5_000, responseMs: 25_000, idleMs: 50_000, providerMs: 20_000 },
      limits: { signInPerAddress: 20, signInPerAccount: 5, windowMs: 60_000 },
      log: { level: 'info', access: true },
      claims: [],
      nearCache: { sessions: 10_000 },
      static: [],
    })
  })

  it('lets the later source win: file, short names, PORT, overrides, flags', async () => {
    const yaml = 'upstream: http://file:1\nlisten: { port: 1001, host: 127.0.0.2 }\n'
    const port = async (env: object, overrides = {}) =>
      (await accepted(yaml, { env: { ...THREE, ...env }, overrides })).listen.port

    expect(await port({})).toBe(1001)
    expect(await port({ PORT: '1002' })).toBe(1002)
    expect(await port({ PORT: '1002', COATCHECK__LISTEN__PORT: '1003' })).toBe(1003)
    expect(await port({ PORT: '1002', COATCHECK__LISTEN__PORT: '1003' }, { port: '1004' })).toBe(
      1004,
    )
    const config = await accepted(yaml, { env: THREE, overrides: { upstream: 'http://flag:2' } })
    expect(config.routes[0]?.upstream.origin).toBe('http://flag:2')
    expect((await accepted(yaml, { env: THREE })).routes[0]?.upstream.host).toBe('api.example.org')
  })

  it('takes an empty variable for an unset one', async () => {
    const config = await accepted('upstream: http://localhost:1', {
      env: { COATCHECK_UPSTREAM: '', PORT: '', REDIS_URL: '', COATCHECK__LISTEN__HOST: '' },
    })

    expect(config.listen).toEqual({ host: '127.0.0.1', port: 3000 })
  })

  it('reads any setting from a variable, whatever its case', async () => {
    const config = await accepted(yamlWith(), {
      env: {
        COATCHECK__ROUTES__0__UPSTREAM: 'http://other:1/base',
        coatcheck__session__idle: '5m',
        COATCHECK__PROVIDERS__MENTORSHIP__SIGN_IN__ALSO: '/api/login',
        COATCHECK__NEARCACHE__SESSIONS: '12',
        COATCHECK__LOG__ACCESS: 'FALSE',
        COATCHECK__CLAIMS: 'email, roles',
        COATCHECK__ROUTES__1__PATH: '/x',
        COATCHECK__ROUTES__1__UPSTREAM: 'http://x:1',
        COATCHECK__ROUTES__1__AUTH: 'public',
        COATCHECK__OPERATORS: 'false',
      },
    })

    expect(config.routes[0]?.upstream.href).toBe('http://other:1/base')
    expect(config.session.idleMs).toBe(300_000)
    expect(config.providers[0]?.signIn.also).toBe('/api/login')
    expect(config.nearCache.sessions).toBe(12)
    expect(config.log.access).toBe(false)
    expect(config.claims).toEqual(['email', 'roles'])
    expect(config.routes[1]).toMatchObject({ match: 'path', at: '/x', auth: 'public' })
    expect(config.operators).toBeUndefined()
  })

  it('makes a provider whose name only a variable says', async () => {
    const config = await accepted('routes: []', {
      env: {
        COATCHECK__PROVIDERS__CRM__KIND: 'password',
        COATCHECK__PROVIDERS__CRM__SIGNIN__URL: 'https://crm.example.org/login',
      },
    })

    expect(config.providers.map(({ name }) => name)).toEqual(['crm'])
  })

  it.each([
    [
      'an unknown setting',
      { COATCHECK__SESION__IDLE: '5m' },
      'COATCHECK__SESION__IDLE: names no setting at the top (did you mean session)',
    ],
    [
      'an unknown setting further in',
      { COATCHECK__SESSION__IDEL: '5m' },
      'COATCHECK__SESSION__IDEL: names no setting in session (did you mean session.idle)',
    ],
    [
      'a gap in a list',
      { COATCHECK__ROUTES__3__PATH: '/x' },
      'COATCHECK__ROUTES__3__PATH: routes has 1 entries, so the next one is number 1',
    ],
    [
      'two names for one setting',
      { COATCHECK__SESSION__IDLE: '5m', coatcheck__session__idle: '6m' },
      'coatcheck__session__idle: sets the same as COATCHECK__SESSION__IDLE: keep one of the two',
    ],
    ['a faulty number', { PORT: '80x' }, 'PORT listen.port: must be a whole number'],
    [
      'a faulty value',
      { COATCHECK__SESSION__IDLE: 'soon' },
      'COATCHECK__SESSION__IDLE: a duration is a whole number with its unit: write 500ms, 30s or 12h',
    ],
    [
      'a setting that lacks its neighbour',
      { COATCHECK__ROUTES__1__PATH: '/x' },
      'COATCHECK__ROUTES__1__PATH routes[1].upstream: is missing',
    ],
  ])('names the variable of %s', async (_what, env, message) => {
    const publicOrigin = { COATCHECK_PUBLIC_ORIGIN: 'http://localhost:3000', COATCHECK_KEYS: KEY }

    expect(await refused(yamlWith(), { env: { ...publicOrigin, ...env } })).toEqual([message])
  })

  it('does not guess between names that look the same in a variable', async () => {
    const providers = ['a-b', 'a_b'].map(
      (name) => `  ${name}: { kind: password, signIn: { url: http://localhost:1/login } }\n`,
    )

    const problems = await refused(`providers:\n${providers.join('')}`, {
      env: { COATCHECK__PROVIDERS__AB__TIMEOUT: '3s' },
    })

    expect(problems).toEqual([
      'COATCHECK__PROVIDERS__AB__TIMEOUT: could mean a-b or a_b in providers',
    ])
  })

  it('names the flag', async () => {
    const problems = await refused(undefined, {
      overrides: { upstream: 'localhost:1', port: '0x1' },
    })

    expect(problems).toEqual([
      '--upstream: write an absolute http(s) address, such as https://api.example.org',
      '--port: must be a whole number',
    ])
  })

  it('warns of a variable that is not read but looks like one that is', async () => {
    const config = await accepted(undefined, { env: { ...THREE, COATCHECK_KEY: 'x' } })

    expect(config.warnings).toEqual(['COATCHECK_KEY is not read; did you mean COATCHECK_KEYS?'])
  })

  it('listens on every address with PORT or DYNO, and trusts the router with DYNO', async () => {
    const dyno = { ...THREE, DYNO: 'web.1', COATCHECK__STORE__KIND: 'memory' }
    const ephemeral = { ...dyno, COATCHECK__STORE__EPHEMERAL: 'true' }

    expect((await accepted(undefined, { env: { ...THREE, PORT: '5000' } })).listen).toEqual({
      host: '0.0.0.0',
      port: 5000,
    })
    const onDyno = await accepted(undefined, { env: ephemeral })
    expect(onDyno.listen).toEqual({ host: '0.0.0.0', port: 3000 })
    expect(onDyno.trustProxy).toBe(1)
    const two = await accepted('trustProxy: 2', { env: ephemeral })
    expect(two.trustProxy).toBe(2)
  })

  it('finds the file: --config before COATCHECK_CONFIG before ./coatcheck.yaml', async () => {
    const origin = (port: number) => `upstream: http://localhost:${port}`
    await using directory = await openDirectory({
      'coatcheck.yaml': origin(1),
      'b.yaml': origin(2),
      'c.yaml': origin(3),
    })
    const env = { COATCHECK_CONFIG: join(directory.path, 'b.yaml') }
    const upstream = async (options: object) => {
      const loaded = await directory.load({ createKeys: false, ...options })
      return loaded.ok ? [loaded.config.routes[0]?.upstream.port, loaded.config.source] : loaded
    }

    expect(await upstream({})).toEqual(['1', 'coatcheck.yaml'])
    expect(await upstream({ env })).toEqual(['2', join(directory.path, 'b.yaml')])
    expect(await upstream({ env, configPath: 'c.yaml' })).toEqual(['3', 'c.yaml'])
  })
})
