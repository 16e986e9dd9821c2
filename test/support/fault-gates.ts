// Several real gateways on one store, each to be killed and started again.
import { setTimeout as pause } from 'node:timers/promises'
import { type RunningCommand, startCommand } from './command.ts'
import { openFolder } from './folder.ts'
import type { Answer, SendOptions } from './http.ts'
import { startRedis } from './redis.ts'
import { operatorsOf } from './workers.ts'

export interface FaultGate {
  /** Rejects with what Node says, where the gateway is down or goes down meanwhile. */
  send(path: string, options?: SendOptions & { cookie?: string }): Promise<Answer>
}

export interface KillableGate extends FaultGate {
  /** SIGKILL; resolves when it is gone. */
  kill9(): Promise<void>
  /** Resolves when it serves again. */
  restart(): Promise<void>
  /** The sum over all labels. */
  metric(name: string): Promise<number>
}

export interface FaultGates extends AsyncDisposable {
  readonly all: readonly KillableGate[]
}

export interface GatesOptions {
  readonly count?: number
  /** As the configuration has it. */
  readonly store: string
  /** Where people sign in and requests go. */
  readonly url: string
  /** Default 3s: a machine that is busy must not look like a provider that hangs. */
  readonly providerTimeout?: string
}

/** What does not stop by then is killed. */
const STOPPED_MS = 2000

export async function openGates(options: GatesOptions): Promise<FaultGates> {
  const { count = 2, store, url, providerTimeout = '3s' } = options
  const dir = await openFolder({
    'coatcheck.yaml': `publicOrigin: http://localhost:3000
listen: { port: 0 }
operators: { port: 0 }
limits: { signInPerAddress: 1000000, signInPerAccount: 1000000 }
log: { level: warn, access: false }
timeouts: { provider: ${providerTimeout} }
store: ${store}
providers:
  main:
    kind: password
    signIn: { url: "${url}/login" }
    refresh: { url: "${url}/refresh", bearer: refresh }
routes:
  - { prefix: /api, upstream: "${url}" }
`,
  })
  const env = {
    COATCHECK_KEYS: Buffer.alloc(32, 9).toString('base64url'),
  }
  const start = () => startCommand(['serve'], { cwd: dir.path, env })
  const running = new Set<RunningCommand>()

  async function openGate(): Promise<KillableGate> {
    let gate = await start()
    running.add(gate)
    return {
      send: (path, sent) => gate.send(path, sent),
      async kill9() {
        gate.kill('SIGKILL')
        await gate.ended
        await gate[Symbol.asyncDispose]()
        running.delete(gate)
      },
      async restart() {
        gate = await start()
        running.add(gate)
      },
      async metric(name) {
        using operators = operatorsOf(gate)
        return await operators.metric(name)
      },
    }
  }

  async function stop(gate: RunningCommand): Promise<void> {
    gate.kill('SIGTERM')
    await Promise.race([gate.ended, pause(STOPPED_MS, undefined, { ref: false })])
    await gate[Symbol.asyncDispose]()
  }

  const dispose = async () => {
    await Promise.all([...running].map(stop))
    await dir[Symbol.asyncDispose]()
  }
  const opened = await Promise.allSettled(Array.from({ length: count }, openGate))
  const failed = opened.find((one) => one.status === 'rejected')
  if (failed) {
    await dispose()
    throw failed.reason
  }
  return {
    all: opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    [Symbol.asyncDispose]: dispose,
  }
}

/** How a store that processes share is written in the configuration. */
export interface SharedStore extends AsyncDisposable {
  readonly written: string
  /** One command, where it is Redis. */
  command(...words: readonly (string | number)[]): Promise<unknown>
}

export const sharedStores: ReadonlyArray<readonly [string, () => Promise<SharedStore>]> = [
  [
    'sqlite',
    async () => ({
      // Neither is late, whatever the machine does.
      written: '{ kind: sqlite, path: sessions.db, timeout: 5s }',
      command: () => Promise.reject(new Error('there is no Redis')),
      async [Symbol.asyncDispose]() {},
    }),
  ],
  [
    'redis',
    async () => {
      const server = await startRedis()
      return {
        written: writtenRedis(server.url, ', timeout: 5s'),
        command: server.command,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      }
    },
  ],
]

export function writtenRedis(url: string, more = ''): string {
  return `{ kind: redis, url: "${url}"${more} }`
}
