// Restarts the service by its owner's command, and waits until it answers again.
import { type ChildProcess, spawn } from 'node:child_process'
import { type Clock, pause } from '../../lib/clock.ts'
import { STRANGER } from './step.ts'
import type { Target } from './target.ts'
import { Unjudged } from './unjudged.ts'
import type { Wire, WireCall } from './wire.ts'

const AGAIN_MS = 100

/**
 * Rejects with `Unjudged` where the command fails, or nothing answers within `leftMs`, or the target file's own time.
 * `leaving` ends the command, and whatever it began.
 */
export async function restartTarget(
  target: Target,
  wire: Wire,
  clock: Clock,
  leftMs: number,
  leaving?: AbortSignal,
): Promise<void> {
  const { base, whoami, headers, dir, restart: command = '' } = target
  const { restartMs } = target.timeouts
  const withinMs = Math.min(restartMs, leftMs)
  const longer = `raise timeouts.${withinMs < restartMs ? 'total' : 'restart'}`
  const end = clock.now() + withinMs
  const code = await runShell(command, dir, withinMs, clock, leaving)
  if (code === undefined) {
    throw new Unjudged(`the restart command took too long; correct restart, or ${longer}.`)
  }
  if (code !== 0) {
    throw new Unjudged(`the restart command ended with ${code}; correct restart, or leave it out.`)
  }
  const path = base + whoami.path
  const call: WireCall = { user: STRANGER, via: 'fresh', method: 'GET', path, headers }
  const asked = () => wire.send({ ...call, leaveAfterMs: Math.max(1, end - clock.now()) })
  while ((await asked()).kind === 'none') {
    if (clock.now() >= end) {
      throw new Unjudged(
        `the target did not answer after its restart; correct restart, or ${longer}.`,
      )
    }
    await pause(clock, AGAIN_MS)
  }
}

/** Its exit code; `undefined` where it took too long. */
function runShell(
  command: string,
  cwd: string,
  withinMs: number,
  clock: Clock,
  leaving: AbortSignal | undefined,
): Promise<number | undefined> {
  const child = spawn(command, { cwd, shell: true, stdio: 'ignore', detached: true })
  return new Promise((resolve) => {
    const stop = clock.after(withinMs, () => {
      child.kill('SIGKILL')
      killAll(child)
      done(undefined)
    })
    const interrupted = () => {
      killAll(child)
      done(undefined)
    }
    const done = (code: number | undefined) => {
      stop()
      leaving?.removeEventListener('abort', interrupted)
      resolve(code)
    }
    // A terminal's own signals do not reach a group of its own.
    leaving?.addEventListener('abort', interrupted)
    child.on('error', () => done(127))
    child.on('exit', (code) => done(code ?? 1))
  })
}

/** The shell, and what it began: a group of processes of their own. */
function killAll({ pid }: ChildProcess): void {
  if (pid === undefined) return
  // A child is sent signals alone; by a shell's own word its whole group is.
  spawn(`kill -KILL -${pid}`, { shell: true, stdio: 'ignore' }).on('error', () => undefined)
}
