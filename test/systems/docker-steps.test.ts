import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { validate } from 'dockerfile-utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { type Built, buildImage, contextNames, type Image, machine } from '../support/dockerfile.ts'
import { openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { send } from '../support/http.ts'

const top = fileURLToPath(new URL('../../', import.meta.url))
const read = (name: string) => readFile(join(top, name), 'utf8')
const KEY = systemRandom(32).toString('base64url')

/** What only building takes. */
const DEVELOPMENT = ['typescript', 'vitest', 'node', '@biomejs']

describe('the image', () => {
  let built: Built
  let image: Image

  beforeAll(async () => {
    await using context = await openFolder()
    for (const name of await contextNames(await read('.dockerignore'), top)) {
      await cp(join(top, name), join(context.path, name), { recursive: true })
    }
    built = await buildImage(await read('Dockerfile'), context.path)
    image = built.image
    // Temporary folders are their owner's alone.
    await chmod(dirname(image.path), 0o755)
  }, 300_000)

  afterAll(() => built?.[Symbol.asyncDispose]())

  it('comes from a Dockerfile that a linter has nothing against', async () => {
    const found = validate(await read('Dockerfile'))

    expect(found.map(({ message }) => message)).toEqual([])
  })

  it('holds the program and what it runs on, and nothing that only building takes', async () => {
    const packages = join(image.path, 'node_modules')
    // What was pruned may leave an empty folder.
    const left = await Promise.all(DEVELOPMENT.map((name) => filesIn(join(packages, name))))

    expect(await readdir(image.path)).toEqual(
      expect.arrayContaining(['LICENSE', 'config', 'data', 'dist', 'node_modules', 'package.json']),
    )
    expect(await readdir(image.path)).toHaveLength(6)
    expect(await filesIn(packages)).toContain('fastify')
    expect(left.flat()).toEqual([])
  })

  it('belongs to root but for its volume, and runs as somebody else', async () => {
    const data = await stat(join(image.path, 'data'))

    expect(image.volumes).toEqual(['/app/data'])
    expect(image.user).toBeGreaterThan(0)
    expect(data.mode & 0o777).toBe(0o700)
    if (process.getuid?.() === 0) expect(data.uid).toBe(image.user)
  })

  it('serves, says that it is healthy, and keeps its sessions in the volume', async () => {
    await using container = await startContainer(image, {
      COATCHECK_UPSTREAM: 'http://127.0.0.1:9',
    })

    const health = await container.health()
    const answer = await send(container.port, '/auth/session', { host: 'app.example.org' })

    expect(health).toBe(0)
    expect(answer.json()).toMatchObject({ authenticated: false, state: 'absent' })
    expect(await readdir(join(image.path, 'data'))).toContain('coatcheck.db')
  })

  it('says that it is not healthy where nothing answers', async () => {
    const nobody = { ...image.env, PORT: String(await freePort()) }

    expect(await exitOf(start(image, image.health, nobody))).toBe(1)
  })

  it('finishes what is under way when it is told to stop, however often, and ends with 0', async () => {
    await using upstream = await startSlowUpstream()
    await using container = await startContainer(image, {
      COATCHECK__ROUTES__0__PATH: '/slow',
      COATCHECK__ROUTES__0__UPSTREAM: upstream.url,
      COATCHECK__ROUTES__0__AUTH: 'public',
    })

    const answer = send(container.port, '/slow', { host: 'app.example.org' })
    const release = await upstream.asked
    container.child.kill('SIGTERM')
    await container.closed()
    container.child.kill('SIGTERM')
    release()

    expect(await answer).toMatchObject({ status: 200, text: 'whole' })
    expect(await container.ended).toBe(0)
  })

  it('runs as a dyno runs it: two workers, a secret of any kind, and a disk that does not last', async () => {
    const [, command = ''] = /^web: node (.*)$/m.exec(await read('Procfile')) ?? []
    const dyno = { DYNO: 'web.1', COATCHECK_KEYS: '', COATCHECK_SECRET: 'f00d'.repeat(16) }
    const env = { COATCHECK_UPSTREAM: 'http://127.0.0.1:9', WEB_CONCURRENCY: '2', ...dyno }
    const ephemeral = { COATCHECK__STORE__KIND: 'sqlite', COATCHECK__STORE__EPHEMERAL: 'true' }
    expect(image.command).toEqual(['node', ...command.split(' ')])

    await using container = await startContainer(image, { ...env, ...ephemeral })
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        send(container.port, '/auth/session', { host: 'app.example.org' }),
      ),
    )
    container.child.kill('SIGTERM')

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(await container.ended).toBe(0)
    const refused = start(image, image.command, { ...image.env, PORT: '0', ...env })
    expect(await exitOf(refused)).toBe(2)
  })

  it('refuses the demo', async () => {
    const demo = start(image, ['node', 'dist/main.js', 'demo'], image.env)

    expect(await exitOf(demo)).toBe(1)
  })
})

describe('config/compose.yaml', () => {
  const given = {
    COATCHECK_UPSTREAM: 'https://api.example.org',
    COATCHECK_PUBLIC_ORIGIN: 'https://app.example.org',
    COATCHECK_KEYS: KEY,
  }

  it('sets only variables that make a whole configuration', async () => {
    const { environment } = await composed()
    const env = { PORT: '3000', ...filled(environment, given) }
    const cwd = '/nowhere'

    const loaded = await loadConfig({ env, cwd, random: systemRandom, createKeys: false })

    expect(loaded).toMatchObject({ ok: true, config: { warnings: [] } })
  })

  it('takes the path of a sign-in', async () => {
    const { environment } = await composed()
    const env = { PORT: '3000', ...filled(environment, { ...given, COATCHECK__SIGNIN: '/in' }) }

    const loaded = await loadConfig({ env, cwd: '/nowhere', random: systemRandom })

    expect(loaded).toMatchObject({ ok: true })
    expect(loaded.ok && loaded.config.providers[0]?.signIn.url.pathname).toBe('/in')
  })

  it('asks for the upstream and the keys, which nobody else can know', async () => {
    const { environment } = await composed()

    expect(() => filled(environment, {})).toThrow('COATCHECK_UPSTREAM')
    expect(() => filled(environment, { ...given, COATCHECK_KEYS: '' })).toThrow('COATCHECK_KEYS')
  })

  it('keeps the sessions on a named volume, and waits for the drain', async () => {
    const { volumes, stop_grace_period: grace, ports } = await composed()

    expect(volumes).toEqual(['sessions:/app/data'])
    expect((await compose()).volumes).toHaveProperty('sessions')
    expect(Number.parseInt(grace, 10)).toBeGreaterThan(25)
    expect(ports).toEqual(['127.0.0.1:3000:3000'])
  })
})

interface Service {
  readonly environment: Readonly<Record<string, string>>
  readonly volumes: readonly string[]
  readonly ports: readonly string[]
  readonly stop_grace_period: string
}

async function compose() {
  return parse(await read('config/compose.yaml'))
}

async function composed(): Promise<Service> {
  return (await compose()).services.coatcheck
}

/** `${NAME:-default}` and `${NAME:?why}`, as Compose fills them in. */
function filled(environment: Service['environment'], env: Readonly<Record<string, string>>) {
  const fill = (text: string) =>
    text.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
      if (env[name]) return env[name]
      if (kind === '?') throw new Error(`${name}: ${rest}`)
      return rest
    })
  return Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, fill(text)]))
}

interface Container extends AsyncDisposable {
  readonly child: ChildProcess
  readonly port: number
  /** The exit code. */
  readonly ended: Promise<number | null>
  /** The exit code of the image's health command. */
  health(): Promise<number | null>
  /** Resolves once nobody else is let in. */
  closed(): Promise<void>
}

/** Resolves once the gateway is ready. */
async function startContainer(image: Image, more: Record<string, string>): Promise<Container> {
  const port = await freePort()
  const env = {
    ...image.env,
    PORT: String(port),
    COATCHECK__OPERATORS: 'false',
    COATCHECK_PUBLIC_ORIGIN: 'https://app.example.org',
    COATCHECK_KEYS: KEY,
    ...more,
  }
  const child = start(image, image.command, env)
  const ended = exitOf(child)
  const container: Container = {
    child,
    port,
    ended,
    health: () => exitOf(start(image, image.health, env)),
    async closed() {
      while (await takes(port)) {}
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
  await ready(child, ended)
  return container
}

/** Resolves once the summary is there; rejects with what was printed instead. */
async function ready(child: ChildProcess, ended: Promise<number | null>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (printed.includes('/auth/health')) resolve()
    })
  }
  ended.then((code) => reject(new Error(`ended with ${code}: ${printed}`)))
  return promise
}

function takes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => resolve(false))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

/** As the image's own user, where this machine lets us. */
function start(image: Image, command: readonly string[], env: Record<string, string>) {
  const [name = '', ...args] = command
  const own = { cwd: image.path, env: { PATH: machine().PATH, ...env } }
  return spawn(name, args, { ...own, ...identity(image), stdio: ['ignore', 'pipe', 'pipe'] })
}

function identity({ user, path }: Image) {
  if (process.getuid?.() !== 0 || user === undefined) return {}
  const other = { uid: user, gid: user }
  // The checkout, and Node with it, may be where only root may look.
  const { status } = spawnSync(process.execPath, ['--version'], { ...other, cwd: path })
  return status === 0 ? other : {}
}

async function filesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'close')
  return code
}

/** One path, whose answer waits until it is let go. */
async function startSlowUpstream() {
  const asked = Promise.withResolvers<() => void>()
  const server = createServer((_request, response) => {
    asked.resolve(() => response.end('whole'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
