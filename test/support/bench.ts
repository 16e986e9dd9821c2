// A gateway with a QA bench in front of the demo's upstream, both on one clock that a test moves.
import type { QaConfig } from '../../src/config/config.ts'
import { Secret } from '../../src/lib/secret.ts'
import type { DemoUpstreamOptions } from '../../src/qa/demo-upstream.ts'
import { demoPassword } from '../../src/qa/personas.ts'
import type { BenchSessionView } from '../../src/qa/sessions-view.ts'
import { openDemo } from './demo.ts'
import { type GatewaySettings, startGateway } from './gateway.ts'
import type { Answer, SendOptions } from './http.ts'
import { passwordProvider } from './password-provider.ts'

export interface BenchSettings extends Partial<Omit<GatewaySettings, 'qa'>> {
  /** Over three personas and no more. */
  readonly qa?: Partial<QaConfig>
  readonly upstream?: Partial<DemoUpstreamOptions>
  /** False: the provider renews nothing. */
  readonly refresh?: boolean
  readonly revoke?: boolean
  readonly token?: string
  /** By name, in place of the right one. */
  readonly passwords?: Readonly<Record<string, string>>
}

export interface MadeSession {
  readonly persona: string
  readonly asked: string
  readonly session: BenchSessionView
  readonly cookie: { readonly name: string; readonly value: string }
  readonly curl: string
  readonly cookieJar: string
  readonly storageState: { readonly cookies: ReadonlyArray<Record<string, unknown>> }
}

const COLOURS = ['violet', 'green', 'orange'] as const

export async function openBench(settings: BenchSettings = {}) {
  const {
    upstream: tuning,
    refresh = true,
    revoke = false,
    token,
    passwords,
    qa,
    ...rest
  } = settings
  const demo = await openDemo(tuning)
  const main = passwordProvider(demo.url, {
    identity: { url: new URL(`${demo.url}/user`), sub: '/id', name: '/name' },
    ...(refresh
      ? {}
      : { tokens: { access: [{ pointer: '/access_token' }], refresh: [], expiresIn: [] } }),
    refresh: refresh
      ? { url: new URL(`${demo.url}/refresh`), authorize: { bearer: 'refresh' } }
      : undefined,
    revoke: revoke ? { url: new URL(`${demo.url}/revoke`), bearer: 'refresh' } : undefined,
  })
  const gateway = await startGateway({
    routes: [{ prefix: '/api', upstream: demo.url }],
    providers: [main],
    qa: {
      personas: ['alice', 'bob', 'carol'].map((name, index) => ({
        name,
        provider: 'main',
        username: name,
        colour: COLOURS[index] ?? '',
        fields: new Secret(
          JSON.stringify({ username: name, password: passwords?.[name] ?? demoPassword }),
        ),
      })),
      token: token === undefined ? undefined : new Secret(token),
      ...qa,
    },
    ...rest,
    options: { clock: demo.clock, ...rest.options },
  })

  /** As a program would ask, no browser. */
  const ask = (path: string, json?: object, options: SendOptions = {}): Promise<Answer> =>
    gateway.send(path, {
      method: json === undefined ? 'GET' : 'POST',
      ...(json === undefined ? {} : { json }),
      ...options,
      headers: Array.isArray(options.headers)
        ? options.headers
        : [
            'Host',
            gateway.host,
            ...Object.entries(options.headers ?? {})
              .flat()
              .map(String),
          ],
    })

  return {
    demo,
    clock: demo.clock,
    gateway,
    ask,
    /** Rejects unless a session was made. */
    async make(persona: string, state = 'fresh') {
      const answer = await ask('/qa/sessions', { persona, state })
      if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`)
      const made: MadeSession = answer.json()
      return { made, ...gateway.person(`${made.cookie.name}=${made.cookie.value}`) }
    },
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await demo[Symbol.asyncDispose]()
    },
  }
}
