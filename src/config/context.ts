// What every step from file to Config is handed.
import type { Random } from '../lib/random.ts'
import type { Problems } from './problems.ts'
import type { Env } from './sources.ts'
import type { Path } from './tree.ts'

export interface Context {
  readonly env: Env
  /** Store and generated keys are relative to it. */
  readonly cwd: string
  /** `{ file: … }` and static files are relative to it: the configuration file's directory. */
  readonly fileDir: string
  readonly random: Random
  readonly problems: Problems
  /** True where something was written, faulty or not: nobody is told that it is missing. */
  given(path: Path): boolean
  /** The keys written at `path`; none where it holds no mapping. */
  keysOf(path: Path): readonly string[]
  /** Where a mapping of the file was written; of the shorthand, the setting it is short for. */
  pathOf(mapping: object): Path
  /** One line for the start-up summary, with its mend. */
  warn(line: string): void
}
