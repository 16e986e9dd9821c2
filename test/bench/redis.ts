// A Redis on the world's core, for a contestant that keeps its sessions there; gone when the contestant is.
import { spawn } from 'node:child_process'
import { Redis } from 'ioredis'
import { freePort } from '../support/free-port.ts'
import { pinned, WORLD_CORE } from './machine.ts'

/** `dir`: for its append-only file. Resolves to its URL once it answers. */
export async function startRedisBeside(dir: string): Promise<string> {
  const port = String(await freePort())
  const [command, ...args] = pinned(WORLD_CORE, [
    'redis-server',
    ...['--port', port, '--bind', '127.0.0.1', '--dir', dir, '--appendonly', 'yes', '--save', ''],
  ])
  const server = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  process.on('exit', () => server.kill())
  // Whoever is done need not wait for it.
  server.unref()
  const client = new Redis({ host: '127.0.0.1', port: Number(port), retryStrategy: () => 20 })
  // Until it listens, each attempt is refused.
  client.on('error', () => undefined)
  await client.ping()
  await client.quit()
  return `redis://127.0.0.1:${port}`
}
