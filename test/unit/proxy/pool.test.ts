import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cacheKey } from '../../../src/lib/cache-key.ts'
import { openPools } from '../../../src/proxy/pool.ts'

describe('pools', () => {
  it('L-8, CVE-2026-16158, CVE-2026-85152, CVE-2026-6734 are shared by what is the same in every part, and by nothing else', async () => {
    const pools = openPools()
    const same = { origin: 'http://a:1', ca: undefined, connectMs: 5000 }
    const others = [
      { ...same, origin: 'http://a:11' },
      { ...same, origin: 'https://a:1' },
      { ...same, ca: '' + 'x' },
      { ...same, connectMs: 500 },
      { ...same, origin: 'http://a', ca: ':1' },
    ]

    expect(pools.open({ ...same })).toBe(pools.open(same))
    expect(new Set([same, ...others].map((one) => pools.open(one))).size).toBe(others.length + 1)
    await pools.close()
  })

  it('L-8 keys of different parts are different', () => {
    const texts = (max: number): string[] =>
      max === 0
        ? ['']
        : ['', ...texts(max - 1).flatMap((text) => ['a', '1', '2', ':'].map((c) => c + text))]
    const short = [...new Set(texts(2))]
    const tuples = [
      ...[...new Set(texts(5))].map((one) => [one]),
      ...short.flatMap((one) => short.map((other) => [one, other])),
      ...['', 'a', '1', ':'].flatMap((one) =>
        ['', '1:'].flatMap((two) => ['', ':'].map((three) => [one, two, three])),
      ),
    ]

    expect(new Set(tuples.map((parts) => cacheKey(...parts))).size).toBe(tuples.length)
    // Pairs that differ only in where one part ends and the next begins.
    fc.assert(
      fc.property(fc.string({ minLength: 2, maxLength: 12 }), fc.nat(), fc.nat(), (text, a, b) => {
        const [i, j] = [a % (text.length + 1), b % (text.length + 1)]
        const same =
          cacheKey(text.slice(0, i), text.slice(i)) === cacheKey(text.slice(0, j), text.slice(j))
        expect(same).toBe(i === j)
      }),
      { numRuns: 20_000 },
    )
  })

  it('CVE-2026-16728, CVE-2026-9678, CVE-2022-32213 have no retry, cache, redirect or lenient parsing anywhere', async () => {
    const top = join(import.meta.dirname, '../../../src')
    const files = (await readdir(top, { recursive: true })).filter((file) => /\.tsx?$/.test(file))

    for (const file of files) {
      const text = await readFile(join(top, file), 'utf8')
      expect(text, file).not.toMatch(
        /interceptors\b|RetryAgent|RetryHandler|RedirectHandler|insecureHTTPParser|EnvHttpProxyAgent|NODE_TLS_REJECT_UNAUTHORIZED/,
      )
      // The one switch there is, for a Redis whose certificate nobody can know.
      const unverified = text.match(/rejectUnauthorized: false/g) ?? []
      expect(unverified, file).toHaveLength(file === 'session/stores/redis-options.ts' ? 1 : 0)
    }
  })
})
