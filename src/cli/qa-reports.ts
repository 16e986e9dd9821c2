// The files that a command writes its reports to: looked for before a run, written after it, and its verdict is never lost.
import { stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { whyUnwritable } from '../config/file-errors.ts'

/** By kind the file, as it was named. */
export type ReportFiles = Readonly<Record<string, string | undefined>>

/** By kind what stands in it. */
export type ReportMakers = Readonly<Record<string, () => string | Promise<string>>>

export interface WrittenReports {
  readonly written: ReadonlyArray<readonly [kind: string, file: string]>
  /** A sentence for each that is not there. */
  readonly refused: readonly string[]
}

/** Before a run, which may take half a minute: a report with nowhere to go, and what to do. */
export async function homelessReport(files: ReportFiles, cwd: string): Promise<string | undefined> {
  for (const [kind, file] of Object.entries(files)) {
    if (file === undefined) continue
    if (file === '') return `--${kind} takes the name of a file.`
    const path = resolve(cwd, file)
    const folder = await stat(dirname(path)).catch(() => undefined)
    if (!folder?.isDirectory())
      return `--${kind}: there is no folder for ${file}: make it first, or choose another.`
    const there = await stat(path).catch(() => undefined)
    if (there?.isDirectory()) return `--${kind}: ${file} is a folder: name a file in it.`
  }
  return undefined
}

/** Never rejects: what cannot be made or written takes no other report along. */
export async function writeReports(
  files: ReportFiles,
  makers: ReportMakers,
  cwd: string,
): Promise<WrittenReports> {
  const written: Array<readonly [kind: string, file: string]> = []
  const refused: string[] = []
  for (const [kind, make] of Object.entries(makers)) {
    const file = files[kind]
    if (file === undefined) continue
    let text: string
    try {
      text = await make()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      refused.push(`--${kind}: ${file} cannot be made: ${why}`)
      continue
    }
    try {
      await writeFile(resolve(cwd, file), text)
      written.push([kind, file])
    } catch (error) {
      refused.push(`--${kind}: ${file} cannot be written: ${whyUnwritable(error, file)}.`)
    }
  }
  return { written, refused }
}
