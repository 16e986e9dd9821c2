import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { openGateway } from '../../src/gateway.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { createCertificate } from '../support/certificate.ts'
import { openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { startFrontProxy } from '../support/front-proxy.ts'
import { runIn } from '../support/program.ts'
import { patience } from '../support/promised.ts'
import { type RedisOptions, type StandaloneRedis, startRedis } from '../support/redis.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

const PROMISED_MS = 5000
const KEY = systemRandom(32).toString('base64url')

let upstream: TestUpstream
let redis: StandaloneRedis
let closed: number

beforeAll(async () => {
  upstream = await startUpstream()
  upstream.on('/nowhere', (_request, response) => response.writeHead(404).end())
  redis = await startRedis()
  closed = await freePort()
})

afterAll(async () => {
  await redis[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

interface Setting {
  /** Top-level settings, as YAML; those that are left out are good. */
  readonly config?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
}

function yamlOf(over: Readonly<Record<string, string>>): string {
  const good = {
    publicOrigin: `http://localhost:${closed}`,
    upstream: upstream.url,
    signIn: '/login',
    store: `{ kind: redis, url: "${redis.url}" }`,
  }
  return Object.entries({ ...good, ...over })
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
}

async function doctor({ config = {}, env = {}, files = {} }: Setting) {
  await using folder = await openFolder({ 'coatcheck.yaml': yamlOf(config), ...files })
  const all = { COATCHECK_KEYS: KEY, ...env }
  const before = performance.now()
  const ran = await runIn({ cwd: folder.path, env: all }, 'doctor')
  const lines = ran.stdout.split('\n')
  return {
    ...ran,
    ms: performance.now() - before,
    bad: lines.filter((line) => /^(warning|problem) /.test(line)),
  }
}

const redisWith = async (options: RedisOptions, store: (it: StandaloneRedis) => string) => {
  const server = await startRedis(options)
  return { config: { store: store(server) }, [Symbol.asyncDispose]: server[Symbol.asyncDispose] }
}

describe('coatcheck doctor', { timeout: 60_000 }, () => {
  it('finds nothing wrong with a good configuration, within five seconds', async () => {
    const { code, stdout, stderr, bad, ms } = await doctor({})

    expect(bad).toEqual([])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(ms).toBeLessThan(patience(PROMISED_MS))
    expect(stdout).toMatch(
      /^ok +store +redis [\d.]+ 127\.0\.0\.1:\d+: written, read and taken back/m,
    )
    expect(stdout).toMatch(/^ok +limits +2 connections for this gateway, \d+ of \d+ taken$/m)
    expect(stdout).toMatch(/^ok +eviction +noeviction$/m)
    expect(stdout).toMatch(/^ok +clock +as that of Redis, http:\/\/127\.0\.0\.1:\d+$/m)
    expect(stdout).toMatch(
      /^not judged +proxy +http:\/\/localhost:\d+ refuses connections from here/m,
    )
    expect(stdout).toMatch(/^\d+ ok, 1 not judged\n$/m)
  })

  it('leaves nothing behind, and no secret on the screen', async () => {
    await using server = await startRedis({ password: 'canary-redis' })
    await using folder = await openFolder({
      'coatcheck.yaml': yamlOf({ store: `{ kind: redis, url: "${server.url}" }` }),
    })
    const env = { COATCHECK_KEYS: KEY }

    const told = await runIn({ cwd: folder.path, env }, 'doctor')
    const json = await runIn({ cwd: folder.path, env }, 'doctor', '--json')

    expect(told.code).toBe(0)
    expect(await server.command('DBSIZE')).toBe(0)
    expect(told.stdout + json.stdout).not.toMatch(/canary/)
    expect(told.stdout + json.stdout).not.toContain(KEY)
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, findings: expect.any(Array) })
    expect(await folder.bytes()).toHaveLength(
      yamlOf({ store: `{ kind: redis, url: "${server.url}" }` }).length,
    )
  })

  it('leaves a database that is not there to the first start', async () => {
    await using folder = await openFolder({
      'coatcheck.yaml': yamlOf({ store: '{ kind: sqlite }' }),
    })
    const before = (await folder.bytes()).length

    const { code, stdout } = await runIn({ cwd: folder.path }, 'doctor')

    expect(code).toBe(0)
    expect(stdout).toMatch(/store +data\/coatcheck\.db is not there yet: the first start makes it/)
    expect(stdout).toMatch(
      /keys +none is written: the first start makes one in data\/coatcheck\.keys/,
    )
    expect((await folder.bytes()).length).toBe(before)
  })

  const table: ReadonlyArray<
    readonly [
      name: string,
      setting: () => Setting | Promise<Setting & AsyncDisposable>,
      line: RegExp,
    ]
  > = [
    [
      'a password that Redis does not know',
      () =>
        redisWith(
          { password: 'right' },
          ({ port }) => `{ kind: redis, url: "redis://:canary@127.0.0.1:${port}" }`,
        ),
      /^problem +store +Redis at .* refuses the user name or password: write them into the URL/,
    ],
    [
      'a certificate of Redis that nobody signed',
      () => redisWith({ tls: true }, ({ url }) => `{ kind: redis, url: "${url}" }`),
      /^problem +store +Redis at .* no known authority signed: set store\.tls/,
    ],
    [
      'a Redis that evicts',
      () =>
        redisWith(
          {
            config: [
              ['maxmemory-policy', 'allkeys-lru'],
              ['maxmemory', '100mb'],
            ],
          },
          ({ url }) => `{ kind: redis, url: "${url}" }`,
        ),
      /^warning +eviction +Redis throws sessions away when it is full, .*\(maxmemory-policy allkeys-lru\): set it to noeviction$/,
    ],
    [
      'a Redis that writes nothing to disk',
      () =>
        redisWith(
          { config: [['appendonly', 'no']] },
          ({ url }) => `{ kind: redis, url: "${url}" }`,
        ),
      /^warning +persistence +Redis writes nothing to disk, .*: set appendonly yes$/,
    ],
    [
      'more workers than Redis has connections for',
      async () => {
        const made = await redisWith(
          { config: [['maxclients', '20']] },
          ({ url }) => `{ kind: redis, url: "${url}" }`,
        )
        return { ...made, config: { ...made.config, workers: '11' } }
      },
      /^problem +limits +this gateway uses 22 connections and Redis allows 20: raise its maxclients/,
    ],
    [
      'a Redis that is not there',
      () => ({ config: { store: `{ kind: redis, url: "redis://127.0.0.1:${closed}" }` } }),
      /^problem +store +Redis at .* refuses connections: start it, or mend host and port$/,
    ],
    [
      'sessions in memory',
      () => ({ config: { store: '{ kind: memory }' } }),
      /^warning +store +sessions are in memory, .*: write store: \{ kind: sqlite \}$/,
    ],
    [
      "another program's file",
      () => ({
        config: { store: '{ kind: sqlite, path: notes.txt }' },
        files: { 'notes.txt': 'buy milk, '.repeat(100) },
      }),
      /^problem +store +.*notes\.txt .*store\.path/,
    ],
    [
      'a directory that cannot be one',
      () => ({
        config: { store: '{ kind: sqlite, path: notes.txt/coatcheck.db }' },
        files: { 'notes.txt': '' },
      }),
      /^problem +store +notes\.txt\/coatcheck\.db cannot be made: .*set store\.path$/,
    ],
    [
      'an upstream that is not there',
      () => ({
        config: { upstream: `http://127.0.0.1:${closed}`, signIn: `${upstream.url}/login` },
      }),
      /^problem +upstream +http:\/\/127\.0\.0\.1:\d+ refuses connections: start it, or mend host and port$/,
    ],
    [
      'an upstream that nobody knows',
      () => ({ config: { upstream: 'http://api.invalid', signIn: `${upstream.url}/login` } }),
      /^problem +upstream +http:\/\/api\.invalid is a name that nobody knows: mend the host$/,
    ],
    [
      'an upstream whose certificate nobody signed',
      async () => {
        const tls = await startUpstream({ tls: await createCertificate() })
        const config = { upstream: tls.url, signIn: `${upstream.url}/login` }
        return { config, [Symbol.asyncDispose]: () => tls[Symbol.asyncDispose]() }
      },
      /^problem +upstream +https:\/\/\S+ .*no known authority signed: give the authority with ca:/,
    ],
    [
      'a sign-in that is somewhere else',
      () => ({ config: { signIn: '/nowhere' } }),
      /^warning +sign-in +nothing seems to be there \(404\): look at signIn .*\/nowhere$/,
    ],
    [
      'an upstream with another clock',
      async () => {
        const late = await startUpstream()
        late.on('*', (_request, response) => {
          const date = new Date(Date.now() - 60_000).toUTCString()
          response.writeHead(200, { date }).end()
        })
        return {
          config: { upstream: late.url },
          [Symbol.asyncDispose]: () => late[Symbol.asyncDispose](),
        }
      },
      /^problem +clock +this machine's clock is \d\d s ahead of that of http:\S+: let NTP set both$/,
    ],
    [
      'a key that can be guessed',
      () => ({
        env: { COATCHECK_KEYS: `${KEY},${Buffer.alloc(32, 'coatcheck').toString('base64url')}` },
      }),
      /^problem +keys +cookie key 2 of 2 repeats itself, so it can be guessed: make one with "coatcheck keygen"$/,
    ],
    [
      'a secret that can be guessed',
      () => ({
        env: { COATCHECK_KEYS: '', COATCHECK_SECRET: 'please-change-me-before-production-2026' },
      }),
      /^problem +keys +COATCHECK_SECRET is no random text, .*openssl rand -hex 32/,
    ],
    [
      'a key file that others can read',
      () => ({
        config: { cookie: '{ keys: { file: keys.txt } }' },
        env: { COATCHECK_KEYS: '' },
        files: { 'keys.txt': `${KEY}\n` },
      }),
      /^warning +keys +keys\.txt can be read by other users of this machine: chmod 600 keys\.txt$/,
    ],
    [
      'an origin for this machine alone, in production',
      () => ({ env: { NODE_ENV: 'production' } }),
      /^problem +origin +publicOrigin is http:\/\/localhost:\d+, which only this machine can open: set COATCHECK_PUBLIC_ORIGIN/,
    ],
    [
      'https in front, and no proxy trusted',
      () => ({ config: { publicOrigin: 'https://app.invalid' } }),
      /^warning +proxy +https ends in a proxy in front, and trustProxy is 0, .*: set trustProxy to 1$/,
    ],
    [
      'plain http elsewhere',
      () => ({ config: { publicOrigin: 'http://app.invalid', insecureHttp: 'true' } }),
      /^warning +(configuration|origin|cookie) +.*https/,
    ],
    [
      'a sign-in page that is not there',
      () => ({ config: { static: '{ dir: web }' }, files: { 'web/index.html': '' } }),
      /^warning +pages +pages\.signIn is \/sign-in, and no file answers there: .*static\.fallback to index\.html$/,
    ],
    [
      'a store that is warned of at the start',
      () => ({ env: { REDIS_URL: 'redis://elsewhere:6379' } }),
      /^warning +configuration +REDIS_URL is set and not used, because store is written; unset it$/,
    ],
  ]

  it.each(table)('names %s, and only that', async (_, setting, line) => {
    const made = await setting()
    try {
      const { code, bad, stdout, stderr } = await doctor(made)
      // The disk of whoever runs this may be a container's own layer.
      const lines = bad.filter((one) => !/^warning +disk /.test(one))

      expect(stderr).toBe('')
      expect(
        lines.filter((one) => !line.test(one)),
        stdout,
      ).toEqual([])
      expect(lines.length).toBeGreaterThan(0)
      expect(code).toBe(lines.some((one) => one.startsWith('problem')) ? 1 : 0)
      expect(stdout).not.toContain('canary')
    } finally {
      if (Symbol.asyncDispose in made) await made[Symbol.asyncDispose]()
    }
  })

  it('waits for nobody who does not answer', async () => {
    await using server = await startRedis()
    const silent = createServer()
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    server.freeze()
    const config = {
      store: `{ kind: redis, url: "${server.url}" }`,
      upstream: `http://127.0.0.1:${port}`,
    }

    const { code, bad, ms } = await doctor({ config })
    silent.close()

    expect(bad).toEqual([
      expect.stringMatching(/^problem +store +Redis at \S+ does not answer: /),
      expect.stringMatching(/^problem +upstream +\S+ does not answer: /),
    ])
    expect({ code, inTime: ms < patience(PROMISED_MS) }).toEqual({ code: 1, inTime: true })
  })

  it('says what is wrong with a configuration as every command does', async () => {
    const { code, stdout, stderr } = await doctor({ config: { trustProxy: 'yes' } })

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^coatcheck\.yaml:\d+:\d+ trustProxy: /)
  })
})

describe('coatcheck doctor, while the gateway runs', { timeout: 60_000 }, () => {
  /** A gateway behind as many proxies as `hosts` has entries; each sends that Host where it is one. */
  async function behind(hosts: readonly string[], settings: Readonly<Record<string, string>> = {}) {
    const stack = new AsyncDisposableStack()
    const proxies = []
    for (const host of hosts) proxies.push(stack.use(await startFrontProxy(host ? { host } : {})))
    const listen = await freePort()
    const port = proxies[0]?.port ?? listen
    const yaml = yamlOf({
      publicOrigin: `http://localhost:${port}`,
      listen: `{ port: ${listen} }`,
      operators: 'false',
      log: '{ level: silent }',
      ...settings,
    })
    const folder = stack.use(await openFolder({ 'coatcheck.yaml': yaml }))
    const env = { COATCHECK_KEYS: KEY }
    const loaded = await loadConfig({ env, cwd: folder.path, random: systemRandom })
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const gateway = await openGateway({ config: loaded.config })
    stack.defer(() => gateway.close())
    for (const [index, proxy] of proxies.entries()) proxy.to(proxies[index + 1]?.port ?? listen)
    return {
      path: folder.path,
      async ask(env: Readonly<Record<string, string>> = {}) {
        const ran = await runIn(
          { cwd: folder.path, env: { COATCHECK_KEYS: KEY, ...env } },
          'doctor',
        )
        const lines = ran.stdout.split('\n').filter((line) => / proxy /.test(line))
        return lines.map((line) => line.replaceAll(/ {2,}/g, ' '))
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  }

  it.each([
    [0, 0, /^ok proxy \S+ leads here, through no proxy$/],
    [1, 1, /^ok proxy \S+ leads here, through 1 proxy$/],
    [2, 2, /^ok proxy \S+ leads here, through 2 proxies$/],
    [
      1,
      0,
      /^problem proxy requests to \S+ come through 1 proxy and trustProxy is 0, .*: set trustProxy to 1$/,
    ],
    [
      2,
      1,
      /^problem proxy .* come through 2 proxies and trustProxy is 1, .*: set trustProxy to 2$/,
    ],
    [
      0,
      1,
      /^warning proxy .* through no proxy from here and trustProxy is 1, .*: set trustProxy to 0/,
    ],
  ])('counts %i proxies where trustProxy is %i', async (count, trustProxy, line) => {
    await using it = await behind(
      Array.from({ length: count }, () => ''),
      { trustProxy: `${trustProxy}` },
    )

    expect(await it.ask()).toEqual([expect.stringMatching(line)])
  })

  it('finds a proxy that sends another Host', async () => {
    await using it = await behind(['backend:8080'], { trustProxy: '1' })

    expect(await it.ask()).toEqual([
      expect.stringMatching(
        /^problem proxy the proxy at \S+ sends another Host .*: let it pass on Host$/,
      ),
    ])
  })

  it('judges no gateway that does not know these keys, nor tells one without them anything', async () => {
    await using it = await behind([''], { trustProxy: '1' })

    expect(await it.ask({ COATCHECK_KEYS: systemRandom(32).toString('base64url') })).toEqual([
      expect.stringMatching(/^not judged proxy the gateway at \S+ does not know these cookie keys/),
    ])
  })

  it('finds something else where the gateway should be', async () => {
    await using folder = await openFolder({
      'coatcheck.yaml': yamlOf({ publicOrigin: upstream.url }),
    })

    const { stdout } = await runIn({ cwd: folder.path, env: { COATCHECK_KEYS: KEY } }, 'doctor')

    expect(stdout).toMatch(/^problem +proxy +\S+\/auth\/health answers \d+, which is no Coatcheck/m)
  })

  it('probes the database that the gateway is using', async () => {
    await using it = await behind([], { store: '{ kind: sqlite }' })

    const { code, stdout } = await runIn({ cwd: it.path, env: { COATCHECK_KEYS: KEY } }, 'doctor')

    expect(stdout).toMatch(
      new RegExp(
        `^(ok|warning) +store +sqlite ${join('data', 'coatcheck.db')}: written, read`,
        'm',
      ),
    )
    expect(code).toBe(0)
  })
})
