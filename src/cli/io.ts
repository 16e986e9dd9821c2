// What a command may touch of the process around it; handed in, so that tests hand in their own.

export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  readonly cwd: string
  stdout(text: string): void
  stderr(text: string): void
  /** May return (in tests): a command does nothing after it. */
  exit(code: number): void
  /** True: a person reads along, colours are welcome. */
  readonly isTty: boolean
}

/** Exit codes: a wrong configuration is not a crash. */
export const EXIT = { ok: 0, failed: 1, config: 2 } as const
