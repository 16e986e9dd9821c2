// A real gateway for a test, on a free port, and people who sign in through it.
import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import type { CoatcheckOptions } from '../../src/app.ts'
import type { Config, PasswordProviderConfig, RouteConfig } from '../../src/config/config.ts'
import { openGateway } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import { type Answer, openHttpClient, type SendOptions } from './http.ts'
import { passwordProvider } from './password-provider.ts'

export interface RouteSettings extends Partial<Omit<RouteConfig, 'upstream' | 'at' | 'match'>> {
  readonly path?: string
  readonly prefix?: string
  readonly upstream: string
}

export interface GatewaySettings extends Partial<Omit<Config, 'routes' | 'providers'>> {
  readonly routes: readonly RouteSettings[]
  /** Where `main` signs people in; default: the first route's upstream. */
  readonly signInAt?: string
  readonly provider?: Partial<PasswordProviderConfig>
  readonly providers?: readonly PasswordProviderConfig[]
  readonly options?: Partial<Omit<CoatcheckOptions, 'config'>>
}

export interface Person {
  /** The cookie pair as a Cookie header carries it. */
  readonly cookie: string
  /** What the upstream issued last to this name, as its own record has it. */
  get(path: string, options?: SendOptions): Promise<Answer>
  send(path: string, options?: SendOptions): Promise<Answer>
}

export interface TestGateway extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly operatorsUrl: string | undefined
  /** The Host that is served. */
  readonly host: string
  readonly app: Awaited<ReturnType<typeof openGateway>>['app']
  /** Every log line so far. */
  readonly log: readonly string[]
  /** Without a cookie, as a page of ours would send it. */
  send(path: string, options?: SendOptions): Promise<Answer>
  /** Rejects unless the sign-in succeeds. */
  signIn(username: string, fields?: Record<string, unknown>): Promise<Person>
  /** Somebody who holds this cookie. */
  person(cookie: string): Person
  close(): Promise<void>
}

export const TEST_KEY = Buffer.alloc(32, 7)

export async function startGateway(settings: GatewaySettings): Promise<TestGateway> {
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const config = testConfig(settings)
  const gateway = await openGateway({ config, log: createLog('debug', sink), ...settings.options })
  const client = openHttpClient(gateway.url)
  const host = new URL(config.publicOrigin).host

  const sendAs = (cookie: string | undefined, path: string, options: SendOptions = {}) => {
    const own = {
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'cors',
      'sec-fetch-dest': 'empty',
    }
    const headers = Array.isArray(options.headers)
      ? options.headers
      : { ...own, ...(cookie === undefined ? {} : { cookie }), ...options.headers }
    return client.send(path, { host, ...options, headers })
  }
  const person = (cookie: string): Person => ({
    cookie,
    get: (path, options) => sendAs(cookie, path, options),
    send: (path, options) => sendAs(cookie, path, options),
  })

  return {
    url: gateway.url,
    port: Number(new URL(gateway.url).port),
    operatorsUrl: gateway.operatorsUrl,
    host,
    app: gateway.app,
    log: lines,
    send: (path, options) => sendAs(undefined, path, options),
    person,
    async signIn(username, fields = {}) {
      const answer = await sendAs(undefined, '/auth/login', {
        method: 'POST',
        json: { username, password: 'secret', ...fields },
      })
      if (answer.status !== 200)
        throw new Error(`sign-in answered ${answer.status}: ${answer.text}`)
      return person(cookieOf(answer))
    },
    async close() {
      client[Symbol.dispose]()
      await gateway.close()
    },
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]()
      await gateway.close()
    },
  }
}

/** The pair that a Set-Cookie of ours hands out. */
export function cookieOf(answer: Answer): string {
  const [first] = answer.headers['set-cookie'] ?? []
  const pair = first?.split(';', 1)[0]
  if (pair === undefined || pair.endsWith('=')) throw new Error('no cookie was set')
  return pair
}

/** A configuration with every default, for an upstream that signs in as `startUpstream` does. */
export function testConfig(settings: GatewaySettings): Config {
  const { routes, signInAt, provider, providers, options, ...rest } = settings
  const timeouts = { connectMs: 5000, responseMs: 25_000, idleMs: 50_000, providerMs: 20_000 }
  const home = signInAt ?? routes[0]?.upstream ?? 'http://127.0.0.1:1'
  return {
    publicOrigin: 'http://localhost:3000',
    insecureHttp: false,
    listen: { host: '127.0.0.1', port: 0 },
    operators: undefined,
    workers: 1,
    cookie: { keys: [TEST_KEY], sameSite: 'strict' },
    session: { idleMs: 8 * 3_600_000, lifetimeMs: 7 * 24 * 3_600_000 },
    store: { kind: 'memory' },
    // Only where a test is about the store's being away is it ever late.
    outages: { timeoutMs: 5000, graceMs: 0 },
    trustProxy: 0,
    csrf: 'same-origin',
    pages: { signIn: '/sign-in', profile: '/' },
    timeouts,
    limits: { signInPerAddress: 10_000, signInPerAccount: 10_000, windowMs: 60_000 },
    live: {
      perSession: 1000,
      perProcess: 10_000,
      pingMs: 25_000,
      idleMs: undefined,
      maxMessage: 1024 * 1024,
    },
    log: { level: 'debug', access: false },
    claims: [],
    providers: providers ?? [passwordProvider(home, provider)],
    static: [],
    nearCache: { sessions: 10_000 },
    warnings: [],
    source: 'test',
    ...rest,
    routes: routes.map(({ path, prefix, upstream, ...route }) => ({
      match: path === undefined ? ('prefix' as const) : ('path' as const),
      at: path ?? prefix ?? '/api',
      upstream: new URL(upstream),
      auth: 'required' as const,
      provider: route.auth === 'public' ? undefined : 'main',
      cache: 'no-store' as const,
      cookies: [],
      bodyLimit: undefined,
      csrf: rest.csrf ?? 'same-origin',
      passive: false,
      timeouts: rest.timeouts ?? timeouts,
      ca: undefined,
      ...route,
    })),
  }
}

/** A key that no other test uses. */
export function newKey(): Buffer {
  return randomBytes(32)
}
