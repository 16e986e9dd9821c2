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

  // Between two full collections, where the most was made: what of it is still there.
  const [longest] = stretches(gateway.stdout).toSorted((a, b) => b.madeMb - a.madeMb)
  expect(longest?.madeMb).toBeGreaterThan(60)
  expect((longest?.keptMb ?? 0) / (longest?.madeMb ?? 1)).toBeLessThan(0.06)
})

interface Stretch {
  readonly madeMb: number
  readonly keptMb: number
}

/** Of the main thread's heap between full collections, from what `--trace-gc` prints of young ones. */
function stretches(text: string): Stretch[] {
  const [, main = ''] = /^\[(\d+:0x[0-9a-f]+)\]/m.exec(text) ?? []
  const lines = text.split('\n').filter((line) => line.startsWith(`[${main}]`))
  return lines
    .join('\n')
    .split('Mark-Compact')
    .map((part) => {
      const sizes = [...part.matchAll(/: Scavenge ([\d.]+) \([\d.]+\) -> ([\d.]+) /g)].map(
        ([, before, after]) => ({ before: Number(before), after: Number(after) }),
      )
      const made = sizes.map(({ before }, n) => before - (sizes[n - 1]?.after ?? before))
      return {
        madeMb: made.reduce((sum, one) => sum + one, 0),
        keptMb: (sizes.at(-1)?.after ?? 0) - (sizes[0]?.after ?? 0),
      }
    })
}
