// What a request makes is collected young: a gateway that many sign in to at once does not grow with every call.
import { expect, it } from 'vitest'
import { startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { startUpstream } from '../support/upstream.ts'

const PEOPLE = 1000
const REQUESTS = 12_000
const AT_ONCE = 50

it('leaves nothing of a request behind for a full collection, though all signed in at one moment', async () => {
  await using upstream = await startUpstream()
  await using dir = await openFolder({
    'coatcheck.yaml': `publicOrigin: http://localhost:3000
listen: { port: 0 }
operators: { port: 0 }
limits: { signInPerAddress: 100000 }
log: { level: warn, access: false }
providers:
  main: { kind: password, signIn: { url: "${upstream.url}/login" } }
routes:
  - { prefix: /api, upstream: "${upstream.url}" }
`,
  })
  await using gateway = await startCommand(['serve'], { cwd: dir.path, node: ['--trace-gc'] })
  const names = Array.from({ length: PEOPLE }, (_, n) => `user-${n}`)
  const people = await Promise.all(names.map((name) => gateway.signIn(name)))

  let asked = 0
  const ask = async () => {
    while (asked < REQUESTS) {
      const answer = await people[asked++ % PEOPLE]?.get('/api/notes')
      expect(answer?.status).toBe(200)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, ask))

  gateway.kill('SIGTERM')
  const { stdout } = await gateway.ended

  // The sign-ins leave something behind, and so does what is under way where the machine stands still: never each time.
  const kept = keptOfEach(stdout).toSorted((a, b) => a - b)
  expect(kept.length).toBeGreaterThan(6)
  expect(kept[kept.length >> 2]).toBeLessThan(0.025)
})

/** So much at least is made between two that are worth a look, MB. */
const LEAST_MB = 10

/**
 * Of the main thread: the share of what was made since the collection before that is still there after each young one,
 * from what `--trace-gc` prints.
 */
function keptOfEach(text: string): number[] {
  const [, main = ''] = /^\[(\d+:0x[0-9a-f]+)\]/m.exec(text) ?? []
  const lines = text.split('\n').filter((line) => line.startsWith(`[${main}]`))
  let last: number | undefined
  return lines.flatMap((line) => {
    const [, kind, before, after] = COLLECTION.exec(line) ?? []
    if (kind === undefined) return []
    const [from, to] = [last ?? Number(before), Number(after)]
    last = to
    const made = Number(before) - from
    return kind === 'Scavenge' && made >= LEAST_MB ? [(to - from) / made] : []
  })
}

const COLLECTION = /(Scavenge|Mark-Compact)[^\d]* ([\d.]+) \([\d.]+\) -> ([\d.]+) /
