// What came back on a replayed request.

export interface SentAnswer {
  /** 0: none. */
  readonly status: number
  /** Names in small letters and values in turn. */
  readonly headers: readonly string[]
  /** At most 256 KiB. */
  readonly body: string
  readonly cut: boolean
}
