// Restarts the service by its owner's command, and waits until it answers again.
import { spawn } from 'node:child_process'
import { type Clock, pause } from '../../lib/clock.ts'
import { STRANGER } from './step.ts'
import type { Target } from './target.ts'
import { Unjudged } from './unjudged.ts'
import type { Wire, WireCall } from './wire.ts'

const AGAIN_MS = 100

/** Rejects with `Unjudged` where the command fails or nothing answers in time. */
export async function restartTarget(target: Target, wire: Wire, clock: Clock): Promise<void> {
  const { base, whoami, headers, dir, restart: command = '' } = target
  const { restartMs } = target.timeouts
  const end = clock.now() + restartMs
  const code = await runShell(command, dir, restartMs, clock)
  if (code !== 0) {
    const how = code === undefined ? 'took too long' : `ended with ${code}`
    throw new Unjudged(`the restart command ${how}; correct restart, or leave it out.`)
  }
  const path = base + whoami.path
  const call: WireCall = { user: STRANGER, via: 'fresh', method: 'GET', path, headers }
  while ((await wire.send(call)).kind === 'none') {
    if (clock.now() > end) {
      throw new Unjudged(
        'the target did not answer after its restart; correct restart, or raise timeouts.restart.',
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
): Promise<number | undefined> {
  const child = spawn(command, { cwd, shell: true, stdio: 'ignore' })
  return new Promise((resolve) => {
    const stop = clock.after(withinMs, () => {
      child.kill('SIGKILL')
      resolve(undefined)
    })
    child.on('error', () => resolve(127))
    child.on('exit', (code) => {
      stop()
      resolve(code ?? 1)
    })
  })
}
