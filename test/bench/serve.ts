// The real command `coatcheck serve` in a process of its own, watched from outside.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { send } from '../support/http.ts'
import { HOST } from './browser.ts'
import { gatewayConfig } from './gateway-config.ts'
import { GATEWAY_CORE, pinned } from './machine.ts'

export interface Serving extends AsyncDisposable {
  readonly port: number
  /** From the start of the process to the first 204 of /auth/health. */
  readonly startMs: number
  memory(): Memory
  /** The highest is counted anew from here. */
  forgetPeak(): void
}

export interface Memory {
  readonly rssBytes: number
  readonly peakBytes: number
}

export interface ServeOptions {
  /** Where configuration and store are. */
  readonly dir: string
  /** Coatcheck's built files. */
  readonly built: string
  readonly store: string
  readonly key: string
  readonly upstream: string
  readonly port: number
}

const PATIENCE_MS = 20_000
const LOOK_EVERY_MS = 2

export async function startServe(options: ServeOptions): Promise<Serving> {
  const { dir, built, port, key } = options
  const config = join(dir, 'coatcheck.yaml')
  writeFileSync(config, gatewayConfig({ ...options, access: false }))
  const [command, ...args] = pinned(GATEWAY_CORE, [process.execPath, join(built, 'main.js')])
  const startedAt = performance.now()
  const child = spawn(command, [...args, 'serve', '--config', config], {
    cwd: dir,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', COATCHECK_KEYS: key },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGKILL')
    await gone
  }
  while (!(await isHealthy(port))) {
    if (child.exitCode !== null || performance.now() - startedAt > PATIENCE_MS) {
      await stop()
      throw new Error('coatcheck serve did not start')
    }
  }
  const startMs = performance.now() - startedAt
  const proc = (file: string) => `/proc/${child.pid}/${file}`
  return {
    port,
    startMs,
    memory() {
      const status = readFileSync(proc('status'), 'latin1')
      const bytes = (name: string) =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
      return { rssBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') }
    },
    forgetPeak: () => writeFileSync(proc('clear_refs'), '5'),
    [Symbol.asyncDispose]: stop,
  }
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    const { status } = await send(port, '/auth/health', { host: HOST })
    return status === 204
  } catch {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    return false
  }
}
