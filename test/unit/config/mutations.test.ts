import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { KEY, openDirectory, yamlWith } from './loading.ts'

const WHOLE = yamlWith({
  top: `publicOrigin: https://app.example.org
listen: { host: 127.0.0.1, port: 3000 }
operators: { host: 127.0.0.1, port: 3001 }
cookie: { keys: ${KEY}, sameSite: strict }
session: { idle: 8h, lifetime: 7d }
store: { kind: sqlite, path: data/x.db }
trustProxy: 1
csrf: same-origin
pages: { signIn: /sign-in, profile: / }
timeouts: { connect: 5s, provider: 20s }
limits: { signInPerAddress: 9, window: 1m }
log: { level: info, access: true }
claims: [email]
nearCache: { sessions: 10 }
static: { prefix: /, dir: ., fallback: coatcheck.yaml }`,
  signIn: 'also: /api/login, account: [a, b], alsoSend: { a: b }',
  provider: `tokens: { access: [/a, { header: b }], refresh: { cookie: c } }
refresh: { url: http://localhost:1/r, form: { r: "{refresh}" } }
identity: { url: http://localhost:1/u, sub: /id, name: /name }
send: "Bearer {access}"`,
  route: 'cookies: [lang], bodyLimit: 1MiB, timeouts: { idle: 1m }',
})

const CANARY = 'canary-2f6b'
const awkward = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1e21,
    '',
    '/',
    '//',
    '..',
    '{access}',
    '30s',
    '0s',
    'http://',
    [],
    {},
    [[]],
    { file: '/' },
    { file: 'nope' },
    `\${NOPE}`,
    `\${A`,
    `$\${A}`,
    '__proto__',
    'constructor',
    CANARY,
    `https://u:${CANARY}@x`,
    `http://x/?${CANARY}`,
    { [CANARY]: CANARY },
    [CANARY, CANARY],
    'redis',
    'oidc',
    `\${SECRET}`,
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }),
)
const keys = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'kind',
    'path',
    'prefix',
    'file',
    'provider',
    'signIn',
  ),
  fc.string(),
)

type Node = Record<string, unknown> | unknown[]
interface Mutation {
  at: number
  kind: 'set' | 'remove' | 'add' | 'swap'
  key: string
  value: unknown
}

/** Every place in `value` that holds something: the holder and the key. */
function slots(value: unknown): [Node, string | number][] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Node
  const names: (string | number)[] = Array.isArray(holder)
    ? [...holder.keys()]
    : Object.keys(holder)
  return names.flatMap((name) => [
    [holder, name] as [Node, string | number],
    ...slots(Reflect.get(holder, name)),
  ])
}

function mutate(whole: unknown, { at, kind, key, value }: Mutation): void {
  const all = slots(whole)
  const [holder, name] = all[at % all.length] ?? []
  if (holder === undefined || name === undefined) return
  if (kind === 'set') write(holder, name, value)
  else if (kind === 'add') write(holder, Array.isArray(holder) ? holder.length : key, value)
  else if (kind === 'remove') Reflect.deleteProperty(holder, name)
  else {
    const [other, otherName] = all[(at * 31 + 7) % all.length] ?? [holder, name]
    // A copy, so that nothing comes to hold itself.
    write(holder, name, structuredClone(Reflect.get(other, otherName)))
  }
}

function write(holder: Node, name: string | number, value: unknown): void {
  Object.defineProperty(holder, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(10_000),
  kind: fc.constantFrom('set', 'remove', 'add', 'swap'),
  key: keys,
  value: awkward,
})

const env = { SECRET: CANARY }
const place = /^(coatcheck\.yaml:\d+:\d+|environment|data\/coatcheck\.keys)$/

describe('any configuration', () => {
  it('is either a Config or problems that each name a place, 10,000 mutations long', async () => {
    await using directory = await openDirectory()
    const seen = { ok: 0, refused: 0 }
    const check = async (text: string) => {
      await writeFile(join(directory.path, 'coatcheck.yaml'), text)
      const loaded = await directory.load({ env, createKeys: false })
      if (loaded.ok) {
        seen.ok++
        expect(loaded.config.cookie.keys.length).toBeGreaterThan(0)
        return
      }
      seen.refused++
      expect(loaded.problems.length).toBeGreaterThan(0)
      for (const problem of loaded.problems) {
        expect(problem.place).toMatch(place)
        expect(problem.message).toMatch(/\S/)
        expect(problem.message).not.toContain(CANARY)
        expect(problem.hint ?? '').not.toContain(CANARY)
      }
    }

    const parsed: unknown = parse(WHOLE)
    await check(WHOLE)
    expect(seen).toEqual({ ok: 1, refused: 0 })
    const structural = fc.asyncProperty(
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      async (mutations) => {
        const whole: unknown = structuredClone(parsed)
        for (const one of mutations) mutate(whole, one)
        await check(JSON.stringify(whole))
      },
    )
    const textual = fc.asyncProperty(
      fc.nat(WHOLE.length),
      fc.nat(12),
      fc.oneof(fc.string(), fc.constantFrom('{', '}', '- ', '\t', '"', '&a ', '*a', '${', '!!x ')),
      (from, length, insert) => check(WHOLE.slice(0, from) + insert + WHOLE.slice(from + length)),
    )

    await fc.assert(structural, { seed: 2, numRuns: 8_000, endOnFailure: true })
    await fc.assert(textual, { seed: 3, numRuns: 2_000, endOnFailure: true })

    expect(seen.ok + seen.refused).toBe(10_001)
    expect(seen.ok).toBeGreaterThan(100)
    expect(seen.refused).toBeGreaterThan(1_000)
  }, 120_000)
})
