// What is promised within a time, and how much longer a test bears with a busy machine before it calls that broken.

const EXACT = process.env.COATCHECK_LONG === '1'

/**
 * Milliseconds until a test gives up on what is promised within `promisedMs`: three times as slow a machine that twice
 * stands still for a second. With COATCHECK_LONG the promise itself.
 */
export function patience(promisedMs: number): number {
  return EXACT ? promisedMs : 3 * promisedMs + 2000
}

/** `ms`: how long it took. */
export async function timed<T>(call: () => Promise<T>): Promise<{ answer: T; ms: number }> {
  const since = performance.now()
  const answer = await call()
  return { answer, ms: performance.now() - since }
}
