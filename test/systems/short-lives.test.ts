import { expect, it } from 'vitest'
import { startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { startUpstream } from '../support/upstream.ts'

const PEOPLE = 200
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

  const collections = youngCollections(gateway.stdout)
  const shares = collections.flatMap(({ after }, n) => {
    const next = collections[n + 1]
    // A full collection came between where less is there than before.
    return next && next.after > after ? [(next.after - after) / (next.before - after)] : []
  })
  const late = shares.slice(-8).toSorted((a, b) => a - b)
  expect(late.length).toBe(8)
  expect(late[Math.floor(late.length / 2)]).toBeLessThan(0.03)
})

/** MB on the heap before and after each, from what `--trace-gc` prints. */
function youngCollections(
  text: string,
): Array<{ readonly before: number; readonly after: number }> {
  return [...text.matchAll(/: Scavenge ([\d.]+) \([\d.]+\) -> ([\d.]+) /g)].map(
    ([, before, after]) => ({ before: Number(before), after: Number(after) }),
  )
}
