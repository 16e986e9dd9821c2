// Stops asking whoever fails again and again, and looks by itself, at an even pace, whether they are back.
// (cockatiel and opossum read the wall clock, and find out by letting somebody's request fail.)
import type { Clock } from './clock.ts'

export interface Circuit {
  /** What went wrong last; undefined while all is well. */
  readonly broken: { readonly cause: unknown } | undefined
  /** Mends it. */
  succeeded(): void
  /** `certain`: it breaks at once. */
  failed(cause: unknown, certain?: boolean): void
  /** Looks no more. */
  close(): void
}

export interface CircuitOptions {
  readonly clock: Clock
  /** It breaks at so many failures in a row. */
  readonly failures: number
  /** Asks at once when it breaks, then so long after each answer; mends when this resolves. */
  readonly probe: () => Promise<unknown>
  readonly probeEveryMs: number
  /** It broke, or mended. */
  readonly onChange: () => void
}

export function createCircuit(options: CircuitOptions): Circuit {
  const { clock, failures, probe, probeEveryMs, onChange } = options
  let inARow = 0
  let broken: Circuit['broken']
  let closed = false
  // From the first question to the last answer, so that there is one at a time.
  let looking = false
  let cancel = () => {}

  async function look(): Promise<void> {
    looking = true
    const answered = await probe().then(
      () => true,
      () => false,
    )
    looking = false
    if (answered) mend()
    else if (broken && !closed) cancel = lookLater()
  }

  function lookLater(): () => void {
    looking = true
    const stop = clock.after(probeEveryMs, () => void look())
    return () => {
      stop()
      looking = false
    }
  }

  function mend(): void {
    inARow = 0
    if (!broken || closed) return
    broken = undefined
    cancel()
    cancel = () => {}
    onChange()
  }

  return {
    get broken() {
      return broken
    },
    succeeded: mend,
    failed(cause, certain = false) {
      inARow++
      if (broken || closed || (inARow < failures && !certain)) return
      broken = { cause }
      onChange()
      if (!looking) void look()
    },
    close() {
      closed = true
      cancel()
    },
  }
}
