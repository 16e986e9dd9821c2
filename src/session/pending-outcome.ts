// The outcome of a pending sign-in as bytes and back, bound to the one session that it is for. Pure.
import type { Outcome } from './pending.ts'
import type { StoreKey } from './session.ts'

export function writeOutcome(outcome: Outcome, storeKey: StoreKey): Uint8Array {
  return Buffer.from(JSON.stringify({ v: 1, storeKey, outcome }))
}

/** `undefined` for anything that `writeOutcome` did not write for this session. */
export function readOutcome(bytes: Uint8Array, storeKey: StoreKey): Outcome | undefined {
  try {
    const read = JSON.parse(Buffer.from(bytes).toString()) as {
      v?: unknown
      storeKey?: unknown
      outcome?: Outcome
    }
    return read.v === 1 && read.storeKey === storeKey ? read.outcome : undefined
  } catch {
    return undefined
  }
}
