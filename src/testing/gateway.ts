// A whole gateway within a test, with people who are really signed in, and an oracle that knows whose every answer is.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../cli/free-port.ts'
import { isLoopback } from '../config/addresses.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problems.ts'
import type { ConfigFile } from '../config/schema.ts'
import { type Gateway, openGateway } from '../gateway.ts'
import { systemClock } from '../lib/clock.ts'
import { systemRandom } from '../lib/random.ts'
import { type DemoUpstream, openDemoUpstream } from '../qa/demo-upstream.ts'
import type { BenchState } from '../qa/sessions-states.ts'
import { demoOwners, demoSettings } from './demo.ts'
import { createOwnerMatchers, type OwnerMatcherFunctions } from './matchers.ts'
import { createOwnerOracle, type OwnerOracle } from './owner-oracle.ts'
import { makePerson, type TestPerson } from './person.ts'
import { createAsker, type TestAnswer, type TestRequest } from './request.ts'

export interface TestGatewayOptions {
  /**
   * Settings as in `coatcheck.yaml`, over those of a test: sessions in memory, no operators' listener, no log. Paths in
   * them are absolute.
   */
  readonly config?: Partial<ConfigFile>
  /** Origin of an upstream of your own, short for `config.upstream`. Without either there is the demo's, with its people. */
  readonly upstream?: string
  /** What `${X}` in the settings stands for; default: nothing. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /**
   * Host by which other containers reach this one: the gateway listens on every address, with `insecureHttp`. Default
   * `localhost`, for this machine only.
   */
  readonly host?: string
  /** Default: a free one. */
  readonly port?: number
  /** By persona: texts that occur in their answers and in nobody else's, besides the name and id they sign in with. */
  readonly owners?: Readonly<Record<string, readonly string[]>>
}

export interface TestGateway extends AsyncDisposable {
  /** The origin that browsers open: `http://localhost:41234`. */
  readonly url: string
  /** The demo's upstream, to break and to ask; undefined with one of your own. */
  readonly upstream: DemoUpstream | undefined
  /** Names of the people there are. */
  readonly personas: readonly string[]
  /** Signs one of them in: a session of its own each time. Rejects with the provider's own words. */
  as(persona: string, state?: BenchState): Promise<TestPerson>
  /** A request of nobody. */
  send(path: string, request?: TestRequest): Promise<TestAnswer>
  readonly oracle: OwnerOracle
  /** For `expect.extend`: `expect(answer).toBelongTo('alice')`. */
  readonly matchers: OwnerMatcherFunctions
  close(): Promise<void>
}

/** Rejects, with nothing left open, where the settings are wrong: every problem at once. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const own = options.upstream ?? options.config?.upstream ?? options.config?.providers
  const upstream =
    own === undefined
      ? await openDemoUpstream({ clock: systemClock, random: systemRandom })
      : undefined
  try {
    const { gateway, config } = await openOnFreePort(options, upstream)
    const qa = config.qa ?? { personas: [], token: undefined }
    const asker = createAsker({ at: gateway.url, origin: config.publicOrigin, token: qa.token })
    const oracle = createOwnerOracle()
    const owners = upstream ? { ...demoOwners(), ...options.owners } : (options.owners ?? {})
    for (const { name, username } of qa.personas) {
      oracle.learn(name, [username, ...(owners[name] ?? [])])
    }
    const close = async () => {
      await asker.close()
      await gateway.close()
      await upstream?.close()
    }
    return {
      url: config.publicOrigin,
      upstream,
      personas: qa.personas.map(({ name }) => name),
      as: (persona, state) => makePerson({ asker, oracle }, persona, state),
      send: (path, request) => asker.send(path, request),
      oracle,
      matchers: createOwnerMatchers(oracle),
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await upstream?.close()
    throw error
  }
}

const TRIES = 5

/** Its own address is a part of what the gateway is, so the port is chosen first; somebody may be quicker. */
async function openOnFreePort(
  options: TestGatewayOptions,
  upstream: DemoUpstream | undefined,
): Promise<{ gateway: Gateway; config: Config }> {
  for (let tries = 1; ; tries++) {
    const port = options.port ?? (await freePort(0, systemRandom))
    if (port === undefined) throw new Error('No port of this machine is free for the gateway.')
    const config = await configOf(options, upstream, port)
    try {
      return { config, gateway: await openGateway({ config }) }
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!taken || options.port !== undefined || tries === TRIES) throw error
    }
  }
}

async function configOf(
  options: TestGatewayOptions,
  upstream: DemoUpstream | undefined,
  port: number,
): Promise<Config> {
  const { host = 'localhost', env = {} } = options
  const here = isLoopback(host)
  const { qa, ...settings } = options.config ?? {}
  const base = upstream ? demoSettings(upstream.url) : {}
  const file: Partial<ConfigFile> = {
    publicOrigin: `http://${host}:${port}`,
    ...(here ? {} : { insecureHttp: true }),
    listen: { host: here ? '127.0.0.1' : '0.0.0.0', port },
    operators: false,
    store: { kind: 'memory' },
    log: { level: 'silent' },
    cookie: { keys: systemRandom(32).toString('base64url') },
    ...(options.upstream === undefined ? {} : { upstream: options.upstream }),
    ...base,
    ...settings,
    qa: { ...(here ? {} : { token: systemRandom(24).toString('base64url') }), ...base.qa, ...qa },
  }
  const folder = await mkdtemp(join(tmpdir(), 'coatcheck-testing-'))
  try {
    const name = join(folder, 'coatcheck.yaml')
    // JSON is YAML too. It holds passwords.
    await writeFile(name, JSON.stringify(file), { mode: 0o600 })
    const loaded = await loadConfig({
      env,
      cwd: folder,
      configPath: name,
      random: systemRandom,
      createKeys: false,
    })
    if (loaded.ok) return loaded.config
    const told = loaded.problems.map((problem) => formatProblem({ ...problem, place: 'config' }))
    throw new Error(`The gateway for this test cannot start:\n${told.join('\n')}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
