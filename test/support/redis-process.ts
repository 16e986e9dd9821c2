// A real redis-server as a process of its own: on a free port, with a directory of its own, to be killed and frozen.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { openFolder } from './folder.ts'
import { freePort } from './free-port.ts'
import { findNeed, redis, thisMachine } from './needs.ts'

export interface RedisServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Its working directory: the append-only file, the log. */
  readonly dir: string
  readonly url: string
  readonly pid: number
  /** SIGKILL; resolves when it is gone. What it acknowledged is in its append-only file. */
  kill9(): Promise<void>
  /** Starts it again on the same port and directory; resolves when it answers. */
  restart(): Promise<void>
  /** SIGSTOP: connections stay, nothing answers. */
  freeze(): void
  thaw(): void
  /** One command on a connection of its own; replies are text. */
  command(...words: readonly (string | number)[]): Promise<unknown>
  /** Lines of `INFO section` by their name. */
  info(section: string): Promise<Map<string, string>>
}

export interface ProcessOptions {
  /** Words of redis.conf, each line split: `['maxmemory', '10mb']`. */
  readonly config?: readonly (readonly string[])[]
  /** Files that are there before it starts, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** Arguments before all others: a configuration file, `--sentinel`. */
  readonly args?: readonly string[]
  readonly port?: number
  readonly tls?: boolean
  readonly password?: string
}

export const HOST = '127.0.0.1'

/** Before a command: it dies with the test run, however that ends. Where there is no such thing, an orderly end must do. */
const MORTAL = thisMachine.find('setpriv') ? ['setpriv', '--pdeathsig', 'KILL'] : []

/** Asks again and again until `enough`; fails after `ms`. */
export async function eventually(
  what: string,
  enough: () => Promise<boolean> | boolean,
  ms = 15_000,
): Promise<void> {
  const end = performance.now() + ms
  for (;;) {
    const done = await Promise.resolve()
      .then(enough)
      .catch(() => false)
    if (done) return
    if (performance.now() > end) throw new Error(`still not so after ${ms} ms: ${what}`)
    await sleep(10)
  }
}

export async function startRedisProcess(options: ProcessOptions = {}): Promise<RedisServer> {
  const command = findNeed(redis)
  if (command === undefined) throw new Error('redis-server is not on the PATH')
  const folder = await openFolder(options.files)
  const port = options.port ?? (await freePort())
  const settings = [
    ['bind', HOST],
    ...(options.tls ? [['port', '0'] as const, ['tls-port', `${port}`] as const] : []),
    ...(options.tls ? [] : [['port', `${port}`] as const]),
    ['dir', folder.path],
    ['logfile', join(folder.path, 'log')],
    ...(options.password === undefined ? [] : [['requirepass', options.password] as const]),
    ...(options.config ?? []),
  ]
  const args = settings.flatMap(([name = '', ...words]) => [`--${name}`, ...words])
  let child: ChildProcess | undefined

  const connect = () =>
    new Redis({
      host: HOST,
      port,
      lazyConnect: true,
      retryStrategy: null,
      protocol: 2,
      disableClientInfo: true,
      enableReadyCheck: false,
      ...(options.password === undefined ? {} : { password: options.password }),
      ...(options.tls ? { tls: { rejectUnauthorized: false } } : {}),
    })

  async function ask(...words: readonly (string | number)[]): Promise<unknown> {
    const [name = '', ...rest] = words
    const client = connect()
    client.on('error', () => {})
    try {
      await client.connect()
      return await client.call(`${name}`, ...rest)
    } finally {
      client.disconnect()
    }
  }

  const orphanGuard = () => void child?.kill('SIGKILL')

  async function start(): Promise<void> {
    const line = [...MORTAL, command ?? '', ...(options.args ?? []), ...args]
    const started = spawn(line[0] ?? '', line.slice(1), { stdio: 'ignore' })
    child = started
    let ended = false
    started.once('exit', () => {
      ended = true
    })
    await eventually(
      `a redis-server that answers on port ${port}`,
      async () => ended || (await ask('PING')) === 'PONG',
    )
    if (!ended) return
    const log = await readFile(join(folder.path, 'log'), 'utf8').catch(() => '')
    throw new Error(`redis-server ended at once\n${log}`)
  }

  async function kill9(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  const server: RedisServer = {
    host: HOST,
    port,
    dir: folder.path,
    url: `${options.tls ? 'rediss' : 'redis'}://${options.password === undefined ? '' : `:${options.password}@`}${HOST}:${port}`,
    get pid() {
      return child?.pid ?? 0
    },
    kill9,
    async restart() {
      await kill9()
      await start()
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    command: ask,
    async info(section) {
      const text = String(await ask('INFO', section))
      return new Map(
        text
          .split('\r\n')
          .filter((line) => line.includes(':'))
          .map((line) => {
            const at = line.indexOf(':')
            return [line.slice(0, at), line.slice(at + 1)]
          }),
      )
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', orphanGuard)
      await kill9()
      await folder[Symbol.asyncDispose]()
    },
  }
  // A test run that is cut off leaves no server behind.
  process.on('exit', orphanGuard)
  try {
    await start()
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
  return server
}
