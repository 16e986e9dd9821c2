// What a person is told about an error that nobody expected: one line, and the stack only where it is asked for.

/** What to show of a crash; `serve` changes it once the configuration is known. */
export interface CrashReport {
  stack: boolean
}

/** Ends with a line break. */
export function crashText(error: unknown, { stack }: CrashReport): string {
  if (!(error instanceof Error)) return `coatcheck: ${firstLine(String(error))}\n`
  if (stack && error.stack !== undefined) return `coatcheck: ${error.stack}\n`
  return `coatcheck: ${firstLine(error.message) || error.name}\n`
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? ''
}
