// What users' own words are is learned in bounded time, and calls nobody's what goes with a process.
import { describe, expect, it } from 'vitest'
import type { Knowledge } from '../../../src/qa/leaks/knowledge.ts'
import { createOwnLessons } from '../../../src/qa/leaks/own-lessons.ts'
import { createOwnWords } from '../../../src/qa/leaks/own-words.ts'
import type { Stage } from '../../../src/qa/leaks/stage.ts'
import type { Step } from '../../../src/qa/leaks/step.ts'
import type { Target } from '../../../src/qa/leaks/target.ts'

describe('own words', () => {
  it('are what stands at one place in every answer of one, and in none of others', () => {
    const words = createOwnWords()
    for (const [user, code] of [
      ['ann', 'DE44500105175407'],
      ['bob', 'DE12500105170648'],
    ] as const) {
      for (const at of ['2026-a-1111', '2026-b-2222']) {
        words.add('/r', user, JSON.stringify({ code, at: `${at}-${user}`, all: 'SHARED-12345' }))
      }
    }
    words.add('/other', 'bob', '<p>seen by Bob: x:DE44500105175407</p>')

    expect(words.found()).toEqual([{ path: '/r', user: 'bob', texts: ['DE12500105170648'] }])
  })

  it('cost little where answers are many and large', () => {
    const words = createOwnWords()
    const users = ['ann', 'bob', 'carol', 'dave']
    const paths = Array.from({ length: 10 }, (_, n) => `/r${n}`)
    const body = (user: string, path: string) =>
      JSON.stringify(
        Array.from({ length: 250 }, (_, n) => ({
          code: `${user}-${path}-${1e6 + n}`,
          text: 'abc '.repeat(30),
        })),
      )
    const took = tookMs(() => {
      for (let look = 0; look < 6; look++) {
        for (const user of users) for (const path of paths) words.add(path, user, body(user, path))
      }
    })
    const asking = tookMs(() => words.found())

    // Of both the second is in one piece.
    expect(took).toBeLessThan(12_000)
    expect(asking).toBeLessThan(500)
    expect(words.found()).toHaveLength(40)
  })

  it('are nobody’s of an answer that is too large, or where too much was said', () => {
    const words = createOwnWords()
    const large = JSON.stringify({ code: 'LARGE-123456', more: 'x'.repeat(300_000) })
    const long = Array.from({ length: 30_000 }, (_, n) => `w${n}`).join(' ')
    for (let n = 0; n < 2; n++) {
      words.add('/large', 'ann', JSON.stringify({ code: 'LARGE-123456' }))
      words.add('/large', 'ann', large)
      words.add('/r', 'ann', JSON.stringify({ code: 'OWN-1234567' }))
    }

    expect(words.found().map(({ path }) => path)).toEqual(['/r'])
    for (let n = 0; n < 5; n++) words.add('/r', 'bob', long.replaceAll('w', `w${n}x`))
    expect(words.found()).toEqual([])
  })
})

describe('lessons', () => {
  const cases = [2, 3, 4, 5, 6, 9, 12].flatMap((users) =>
    [2, 3, 4, 5, 6, 7, 8].map((processes) => [users, processes] as const),
  )
  it.each(cases)(
    'of %d users take nobody to the same of %d processes each time',
    async (count, processes) => {
      const names = Array.from({ length: count }, (_, n) => `user-${n}`)
      const processOf = new Map(names.map((name, n) => [name, n % processes]))
      let signIns = count
      const learned: string[] = []
      const lessons = createOwnLessons({
        target: { users: names.map((name) => ({ name, fields: {} })) } as Partial<Target> as Target,
        stage: {
          actors: new Map(names.map((name) => [name, { valid: true }])),
        } as unknown as Stage,
        knowledge: {
          markers: { ownerOf: () => undefined },
          learnOwn: (user: string) => void learned.push(user),
        } as unknown as Knowledge,
        bodyFor: (user) => JSON.stringify({ node: `node-1234-${processOf.get(user)}-abcd` }),
        check: () => {},
        sparing: {
          seen: [],
          hasTimeFor: () => true,
          need: async () => [],
          askAtOnce: async () => {},
          ask: async (step: Step) => {
            if (step.do === 'sign-in') processOf.set(step.user, signIns++ % processes)
            return [{} as never]
          },
        },
      })

      for (const name of names.slice(0, 4)) await lessons.begin('/status', name)
      await lessons.learn()

      expect([4 * Math.min(count, 4), 0]).toContain(signIns - count)
      expect(learned).toEqual([])
    },
  )
})

/** Of this thread's own time, whatever else the machine does. */
function tookMs(work: () => unknown): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
