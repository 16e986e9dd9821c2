// A replay in this process: as a function, and as the command.
import type { CommandIo } from '../../src/cli/io.ts'
import { runProgram } from '../../src/cli/program.ts'
import type { OwnerChoice } from '../../src/qa/replay/owner.ts'
import type { Pace } from '../../src/qa/replay/play.ts'
import { readRecording } from '../../src/qa/replay/recording.ts'
import { runReplay } from '../../src/qa/replay/run-replay.ts'
import { surveyOf } from '../../src/qa/replay/survey.ts'
import type { CommandOptions } from './command.ts'

export interface ReplaySettings {
  readonly pace?: Pace
  readonly compare?: readonly string[]
  readonly owner?: OwnerChoice
  readonly password?: string
}

/** Everybody's password is `secret`. Rejects with the sentence where it cannot be played. */
export async function replay(file: string, target: string, settings: ReplaySettings = {}) {
  const { pace = { kind: 'order' }, compare = [], owner, password = 'secret' } = settings
  const survey = await surveyOf(readRecording(file))
  const secrets = new Map(survey.personas.map((name) => [name, { password }] as const))
  const done = await runReplay({ file, survey, target, secrets, pace, seed: 1, owner, compare })
  if (!done.ok) throw new Error(done.why)
  return done
}

/** In this process: starting one takes longer than all it does. */
export async function replayCommand(
  args: readonly string[],
  { cwd, env = {} }: CommandOptions,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const ended = { code: 0, stdout: '', stderr: '' }
  const io: CommandIo = {
    env,
    cwd,
    isTty: false,
    stdout(text) {
      ended.stdout += text
    },
    stderr(text) {
      ended.stderr += text
    },
    exit(code) {
      ended.code = code
    },
  }
  await runProgram(['qa', 'replay', ...args], io, { stack: false })
  return ended
}
