// Ports that nobody listens on and nobody is given: to be opened later, or to stay closed for as long as a test likes.
import { isFree } from '../../src/cli/free-port.ts'

/**
 * Systems give away ports from 32,768 on by themselves, `coatcheck demo --port 0` and the kit for tests between 10,000
 * and 25,000. Each of vitest's workers has a slice of what is between, and one is for what runs outside of it.
 */
const FIRST = 25_000
const SLICES = 4
const SLICE = 1_900

// Not from the top: another run of the tests may be under way on this machine.
const start = Math.floor(Math.random() * SLICE)
let drawn = 0

/** Never the same twice in one process, until it has had the whole slice. */
export async function freePort(): Promise<number> {
  const slice = Number(process.env.VITEST_POOL_ID ?? 0) % SLICES
  for (let tries = 0; tries < SLICE; tries++) {
    const port = FIRST + slice * SLICE + ((start + drawn++) % SLICE)
    if (await isFree(port)) return port
  }
  throw new Error(`no port of ${SLICE} is free`)
}
