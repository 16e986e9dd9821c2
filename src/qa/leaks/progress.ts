// How far a run has come, for whoever waits for it.

export interface Progress {
  readonly title: string
  readonly done: number
  /** Of this phase; absent where that is not known. */
  readonly total?: number
  readonly leaks: number
}
