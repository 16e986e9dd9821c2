// Two ways to stand before the Mentorship System, seen as a frontend sees them: with one jar for all, as BridgeInTech's
// API was written, and with Coatcheck.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { type DemoControl, openDemoUpstream } from '../../src/qa/demo-upstream.ts'
import { type RunningCommand, startCommand } from './command.ts'
import { openFolder } from './folder.ts'
import { cookieOf } from './gateway.ts'
import { type Answer, send } from './http.ts'
import { startRedis } from './redis.ts'
import { openSharedJar } from './shared-jar.ts'
import type { StoreKind } from './stores.ts'

export type Headers = Readonly<Record<string, string>>

export interface House extends AsyncDisposable {
  /** Of the Mentorship System behind it. */
  readonly control: DemoControl
  /** The port of whichever process is next in turn. */
  nextPort(): number
  readonly host: string
  /** What a browser sends along after this sign-in. Rejects when it is refused. */
  credentials(signIn: Answer): Headers
  /** What somebody sends who has made something up. */
  readonly madeUp: Headers
  readonly paths: { readonly login: string; readonly details: string; readonly list: string }
  /** Every process is gone from one moment to the next, and there again. */
  restart(): Promise<void>
  /** All that was ever logged. */
  log(): string
  /** The profile as the Mentorship System itself has it. */
  straight(username: string): Promise<Record<string, unknown>>
}

const MADE_UP = 'eyJhbGciOiJub25lIn0.eyJpZGVudGl0eSI6MX0.'

/** The gateway written as the bug was. */
export async function openJarHouse(workers = 1): Promise<House> {
  const upstream = await openMentorshipSystem()
  const jar = await openSharedJar({ upstream: upstream.url, workers })
  const port = Number(new URL(jar.url).port)
  return {
    control: upstream.control,
    nextPort: () => port,
    host: `127.0.0.1:${port}`,
    credentials: (signIn) => ({ authorization: `Bearer ${signIn.json().access_token}` }),
    madeUp: { authorization: `Bearer ${MADE_UP}` },
    paths: { login: '/login', details: '/user/personal_details', list: '/organizations' },
    restart: async () => jar.restart(),
    log: () => jar.log.join('\n'),
    straight: upstream.straight,
    async [Symbol.asyncDispose]() {
      await jar[Symbol.asyncDispose]()
      await upstream.close()
    },
  }
}

/** Coatcheck, in as many processes of their own. */
export async function openCoatcheckHouse(kind: StoreKind, workers = 1): Promise<House> {
  const upstream = await openMentorshipSystem()
  const organizations = await openTrustingService()
  const redis = kind === 'redis' ? await startRedis() : undefined
  const stores: Record<StoreKind, string> = {
    memory: '{ kind: memory }',
    sqlite: '{ kind: sqlite, path: sessions.db }',
    redis: `{ kind: redis, url: "${redis?.url}" }`,
  }
  const folder = await openFolder({
    'coatcheck.yaml': configFor(stores[kind], upstream.url, organizations.url),
  })
  const start = () =>
    Promise.all(
      Array.from({ length: workers }, () =>
        startCommand(['serve', '--port', '0'], { cwd: folder.path }),
      ),
    )
  const kill = (running: readonly RunningCommand[]) =>
    Promise.all(running.map((one) => one[Symbol.asyncDispose]()))
  let running = await start()
  let turn = 0
  let before = ''
  const log = () => running.reduce((text, { stdout, stderr }) => text + stdout + stderr, before)
  return {
    control: upstream.control,
    nextPort: () => running[turn++ % workers]?.port ?? 0,
    host: 'localhost:3000',
    credentials: (signIn) => ({ cookie: cookieOf(signIn) }),
    madeUp: {
      authorization: `Bearer ${MADE_UP}`,
      cookie: `coatcheck-3000=${MADE_UP}`,
    },
    paths: {
      login: '/api/login',
      details: '/api/user/personal_details',
      list: '/api/organizations',
    },
    async restart() {
      await kill(running)
      before = log()
      running = await start()
    },
    log,
    straight: upstream.straight,
    async [Symbol.asyncDispose]() {
      await kill(running)
      await redis?.[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
      await organizations[Symbol.asyncDispose]()
      await upstream.close()
    },
  }
}

function configFor(store: string, upstream: string, organizations: string): string {
  return `
publicOrigin: http://localhost:3000
operators: false
store: ${store}
log: { level: debug, access: true }
limits: { signInPerAddress: 10000, signInPerAccount: 10000 }
providers:
  mentorship:
    kind: password
    signIn: { url: "${upstream}/login", also: /api/login }
    tokens: { access: /access_token, refresh: /refresh_token }
    refresh: { url: "${upstream}/refresh", bearer: refresh }
    identity: { url: "${upstream}/user", sub: /id, name: /name }
routes:
  - { path: /api/user/personal_details, upstream: "${upstream}/user" }
  - { path: /api/organizations, upstream: "${organizations}" }
`
}

async function openMentorshipSystem() {
  const { url, control, close } = await openDemoUpstream({
    clock: systemClock,
    random: systemRandom,
    anybody: true,
  })
  return {
    url,
    control,
    close,
    async straight(username: string) {
      const signIn = await send(url, '/login', {
        method: 'POST',
        json: { username, password: 'any' },
      })
      const headers = { authorization: `Bearer ${signIn.json().access_token}` }
      return (await send(url, '/user', { headers })).json()
    },
  }
}

/** Answers everybody: whoever stands in front of it decides who gets here. */
async function openTrustingService() {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('[{"name":"Open Source Friends"}]')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
