// The real command as a child process, in a directory of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cookieOf, type Person } from './gateway.ts'
import { openHttpClient, type SendOptions } from './http.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** What one start has compiled the next need not: each is twice as fast. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))

export interface CommandOptions {
  /** The working directory. */
  readonly cwd: string
  /** Nothing of this process's environment goes along but PATH. */
  readonly env?: Readonly<Record<string, string>>
  /** Flags for Node itself. */
  readonly node?: readonly string[]
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCommand extends AsyncDisposable {
  readonly pid: number
  /** Where the public listener answers. */
  readonly port: number
  /** The Host that is served. */
  readonly host: string
  readonly stdout: string
  readonly stderr: string
  readonly ended: Promise<Ended>
  kill(signal: NodeJS.Signals): void
  /** As a page of ours would send it, with this cookie. */
  send(path: string, options?: SendOptions & { cookie?: string }): Promise<Answer>
  /** Rejects unless the sign-in succeeds. */
  signIn(username: string, password?: string): Promise<Person>
}

type Answer = Awaited<ReturnType<ReturnType<typeof openHttpClient>['send']>>

/** Runs to its end; rejects with what it had said where that does not come. */
export function runCommand(args: readonly string[], options: CommandOptions): Promise<Ended> {
  const child = launch(args, options)
  const { texts, ended } = watch(child)
  return patiently(ended, child, () => said(args, texts))
}

/** Resolves once the summary is there whole; rejects with what it had said where it ends before, or hangs. */
export async function startCommand(
  args: readonly string[],
  options: CommandOptions,
): Promise<RunningCommand> {
  const child = launch(args, options)
  const { texts, ended } = watch(child)
  const summary = new Promise<readonly [string, string]>((resolve, reject) => {
    const look = () => {
      const line = /^ {2}open +(\S+)(?: +as (\S+))?$/m.exec(texts.stdout)
      // The health row comes last but for warnings.
      if (line && /^ {2}health .*\n/m.test(texts.stdout)) resolve([line[1] ?? '', line[2] ?? ''])
    }
    child.stdout?.on('data', look)
    ended.then(({ code }) => reject(new Error(`ended with ${code}; ${said(args, texts)}`)))
  })
  const [open, as] = await patiently(summary, child, () => said(args, texts))
  const port = Number(new URL(open).port)
  const { host } = new URL(as || open)
  const client = openHttpClient(port)

  const send: RunningCommand['send'] = (path, { cookie, ...options } = {}) => {
    const own = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }
    const headers = { ...own, ...(cookie === undefined ? {} : { cookie }), ...options.headers }
    return client.send(path, { host, ...options, headers })
  }
  return {
    pid: child.pid ?? 0,
    port,
    host,
    get stdout() {
      return texts.stdout
    },
    get stderr() {
      return texts.stderr
    },
    ended,
    kill: (signal) => void child.kill(signal),
    send,
    async signIn(username, password = 'secret') {
      const json = { username, password }
      const answer = await send('/auth/login', { method: 'POST', json })
      if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}`)
      const cookie = cookieOf(answer)
      return {
        cookie,
        get: (path, options) => send(path, { ...options, cookie }),
        send: (path, options) => send(path, { ...options, cookie }),
      }
    },
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]()
      child.kill('SIGKILL')
      await ended
    },
  }
}

function launch(args: readonly string[], { cwd, env = {}, node = [] }: CommandOptions) {
  return spawn(process.execPath, [...node, MAIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Before a quick test is given up, what is waited for is said aloud. */
const TELL_MS = 12_000
/** More than any command takes on any machine. */
const GIVE_UP_MS = 170_000

async function patiently<T>(
  work: Promise<T>,
  child: ChildProcess,
  words: () => string,
): Promise<T> {
  const { promise: never, reject } = Promise.withResolvers<never>()
  const telling = setTimeout(() => console.error(`still waiting: ${words()}`), TELL_MS)
  const givingUp = setTimeout(() => {
    child.kill('SIGKILL')
    reject(new Error(`did not come to its end: ${words()}`))
  }, GIVE_UP_MS)
  try {
    return await Promise.race([work, never])
  } finally {
    clearTimeout(telling)
    clearTimeout(givingUp)
  }
}

function said(args: readonly string[], { stdout, stderr }: Texts): string {
  return `coatcheck ${args.join(' ')} had said ${JSON.stringify({ stdout, stderr })}`
}

type Texts = Readonly<Pick<Ended, 'stdout' | 'stderr'>>

function watch(child: ChildProcess) {
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
    })
  }
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }))
  })
  return { texts, ended }
}
