// Coatcheck as it is deployed: `serve`, in processes of its own that share one configuration.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openFolder } from './folder.ts'

export interface GatewayProcesses extends AsyncDisposable {
  /** One port for each process; other ones after a restart. */
  readonly ports: readonly number[]
  /** Everything that was written to standard output and error. */
  readonly output: string
  /** SIGKILL to all of them at once, then as many again. */
  killAndRestart(): Promise<void>
}

export interface ProcessSettings {
  /** The configuration file's text. */
  readonly yaml: string
  /** Default 1. */
  readonly count?: number
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Resolves when every one of them is ready. */
export async function startProcesses({
  yaml,
  count = 1,
}: ProcessSettings): Promise<GatewayProcesses> {
  const folder = await openFolder({ 'coatcheck.yaml': yaml })
  let output = ''
  const startAll = () => Promise.all(Array.from({ length: count }, start))

  async function start() {
    const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0'], {
      cwd: folder.path,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const gone = once(child, 'exit')
    const ready = Promise.withResolvers<number>()
    let own = ''
    const hear = (chunk: Buffer) => {
      output += chunk
      own += chunk
      const port = /open +http:\/\/localhost:(\d+)/.exec(own)?.[1]
      if (port !== undefined) ready.resolve(Number(port))
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    gone.then(() => ready.reject(new Error(`the gateway did not start: ${own}`)))
    return {
      port: await ready.promise,
      async kill() {
        child.kill('SIGKILL')
        await gone
      },
    }
  }

  let running = await startAll()
  return {
    get ports() {
      return running.map(({ port }) => port)
    },
    get output() {
      return output
    },
    async killAndRestart() {
      await Promise.all(running.map(({ kill }) => kill()))
      running = await startAll()
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map(({ kill }) => kill()))
      await folder[Symbol.asyncDispose]()
    },
  }
}
