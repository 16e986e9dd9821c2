// A replay in this process: as a function, and as the command.
import type { OwnerChoice } from '../../src/qa/replay/owner.ts'
import type { Pace } from '../../src/qa/replay/play.ts'
import { readRecording } from '../../src/qa/replay/recording.ts'
import { runReplay } from '../../src/qa/replay/run-replay.ts'
import { surveyOf } from '../../src/qa/replay/survey.ts'
import { type Ran, type RunIn, runIn } from './program.ts'

export interface ReplaySettings {
  readonly pace?: Pace
  readonly compare?: readonly string[]
  readonly owner?: OwnerChoice
  readonly password?: string
  onProgress?(done: number, of: number): void
}

/** Everybody's password is `secret`. Rejects with the sentence where it cannot be played. */
export async function replay(file: string, target: string, settings: ReplaySettings = {}) {
  const {
    pace = { kind: 'order' },
    compare = [],
    owner,
    password = 'secret',
    onProgress = () => {},
  } = settings
  const survey = await surveyOf(readRecording(file))
  const secrets = new Map(survey.personas.map((name) => [name, { password }] as const))
  const done = await runReplay({
    file,
    survey,
    target,
    secrets,
    pace,
    seed: 1,
    owner,
    compare,
    onProgress,
  })
  if (!done.ok) throw new Error(done.why)
  return done
}

export function replayCommand(args: readonly string[], where: RunIn): Promise<Ran> {
  return runIn(where, 'qa', 'replay', ...args)
}
