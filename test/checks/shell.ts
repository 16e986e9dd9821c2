// One shell script in a process group of its own: what it prints, how it ends, and a way to end all of it.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter } from 'node:path'

export interface Shell {
  /** Everything printed so far, errors included. */
  readonly printed: string
  /** The script's exit code, or the signal's name; what it left in the background may go on. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Resolves when nobody is left who could print. */
  readonly silent: Promise<true>
  /** Resolves to the first match in what is printed; to undefined once it ended or `ms` have passed. */
  match(pattern: RegExp, ms: number): Promise<RegExpExecArray | undefined>
  /** SIGTERM to the command that is running, and to nobody it started: passing it on is the command's own duty. */
  terminate(): void
  /** SIGKILL to every process of the group. */
  kill(): void
}

export function openShell(script: string, cwd: string, extra: NodeJS.ProcessEnv = {}): Shell {
  const child = spawn('sh', ['-e', '-c', script], {
    cwd,
    env: { ...readersEnvironment(process.env), ...extra },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? signal ?? 1))
  })
  const silent = new Promise<true>((resolve) => child.on('close', () => resolve(true)))

  function signal(pid: number | undefined, name: NodeJS.Signals): void {
    try {
      if (pid) process.kill(pid, name)
    } catch {
      // It has ended.
    }
  }

  return {
    get printed() {
      return printed
    },
    ended,
    silent,
    async match(pattern, ms) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const listener = () => {
        if (pattern.test(printed)) resolve()
      }
      const timer = setTimeout(resolve, ms)
      listeners.add(listener)
      listener()
      await Promise.race([promise, ended])
      clearTimeout(timer)
      listeners.delete(listener)
      return pattern.exec(printed) ?? undefined
    },
    terminate() {
      for (const pid of childrenOf(child.pid)) signal(pid, 'SIGTERM')
    },
    kill() {
      signal(child.pid && -child.pid, 'SIGKILL')
    },
  }
}

/** Linux only; elsewhere the whole group is told. */
function childrenOf(pid: number | undefined): readonly number[] {
  if (pid === undefined) return []
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.split(' ').filter(Boolean).map(Number)
  } catch {
    return [-pid]
  }
}

const KEPT =
  /^(HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|TERM|CI|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|.*_proxy)$/i

/** As in a terminal: nothing that npm or the test runner put there, and the machine's own Node. */
function readersEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folders = (env.PATH ?? '').split(delimiter)
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => KEPT.test(name))),
    PATH: folders.filter((folder) => !/node_modules|node-gyp-bin/.test(folder)).join(delimiter),
  }
}
