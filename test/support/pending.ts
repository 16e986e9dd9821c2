// A gateway with sign-ins by a link, their validator and upstream, and browsers that keep the cookies they are given.
import type { ConfirmProviderConfig } from '../../src/config/config.ts'
import { type ManualClock, manualClock } from './clock.ts'
import { openEvents, type SeenStream } from './event-stream.ts'
import { type GatewaySettings, startGateway, type TestGateway } from './gateway.ts'
import type { Answer, SendOptions } from './http.ts'
import { startUpstream } from './upstream.ts'
import { confirmProvider, startValidator } from './validator.ts'

export interface JarBrowser {
  /** By name. */
  readonly cookies: ReadonlyMap<string, string>
  send(path: string, options?: SendOptions): Promise<Answer>
  /** POST /auth/confirm, as the page's button does. */
  confirm(token: string): Promise<Answer>
  /** GET /auth/session. */
  session(): Promise<Answer>
  events(): Promise<SeenStream>
  /** Another browser with the same cookies. */
  copy(): JarBrowser
}

export interface PendingSetUp {
  readonly confirm?: Partial<ConfirmProviderConfig>
  readonly settings?: Partial<GatewaySettings>
  readonly clock?: ManualClock
}

export async function startPending({
  confirm,
  settings,
  clock = manualClock(),
}: PendingSetUp = {}) {
  const resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream({ clock }))
  const validator = resources.use(await startValidator())
  const gateway = resources.use(
    await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
      confirm: [confirmProvider(validator.url, upstream.url, confirm)],
      ...settings,
      options: { clock, ...settings?.options },
    }),
  )
  return {
    clock,
    upstream,
    validator,
    gateway,
    browser: () => jarBrowser(gateway),
    logged: (event: string) => loggedIn(gateway.log, event),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** The lines of this event. */
export function loggedIn(
  log: readonly string[],
  event: string,
): ReadonlyArray<Record<string, unknown>> {
  return log.map((line) => JSON.parse(line)).filter((line) => line.event === event)
}

type Reached = Pick<TestGateway, 'send' | 'port' | 'host'>

export function jarBrowser(gateway: Reached, from: Iterable<[string, string]> = []): JarBrowser {
  const cookies = new Map(from)
  const header = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const send: JarBrowser['send'] = async (path, options = {}) => {
    const cookie: Record<string, string> = cookies.size === 0 ? {} : { cookie: header() }
    const answer = await gateway.send(path, {
      ...options,
      headers: { ...cookie, ...options.headers },
    })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', value = ''] = pair.split('=')
      if (attributes.includes('Max-Age=0')) cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }
  return {
    cookies,
    send,
    confirm: (token) => send('/auth/confirm', { method: 'POST', json: { token } }),
    session: () => send('/auth/session'),
    events: () => openEvents(gateway.port, gateway.host, cookies.size === 0 ? undefined : header()),
    copy: () => jarBrowser(gateway, cookies),
  }
}
