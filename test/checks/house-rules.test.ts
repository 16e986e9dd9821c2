import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { houseProblems } from './house-rules.ts'
import { readSources } from './source.ts'

function problemsOf(text: string, file = 'src/session/near.ts'): string[] {
  return houseProblems([{ file, text: `// One line.\n${text}` }])
}

describe('the house rules', { timeout: 120_000 }, () => {
  it('are kept by every file of src', () => {
    const top = fileURLToPath(new URL('../..', import.meta.url))

    expect(houseProblems(readSources(top))).toEqual([])
  })
})

describe('module-level state', { timeout: 120_000 }, () => {
  it.each([
    'let jar: string | undefined',
    'export let jar = 1',
    'var jar = 1',
    'const jar = new Map<string, string>()',
    'export const jar = new Set()',
    'const jar: WeakMap<object, string> = new WeakMap()',
    "const names = new Set(['a'])",
    'const jar = new LRUCache({ max: 10 })',
    'const pool = new Pool(origin)',
    'const jar: string[] = []',
    "const names = ['a']",
    'const jar: Record<string, string> = {}',
    'export class Jar { static #all = new Map<string, string>() }',
  ])('is found: %s', (text) => {
    const problems = problemsOf(text)

    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^src\/session\/near\.ts:2: .*(module-level|static)/)
  })

  it.each([
    "const names: ReadonlySet<string> = new Set(['a'])",
    "const names = new Set(['a']) as ReadonlySet<string>",
    "export const names: ReadonlyMap<string, number> = new Map([['a', 1]])",
    "const names = ['a'] as const satisfies string[]",
    "const names: readonly string[] = ['a']",
    'const table = { a: 1 }',
    'const pattern = /x/',
    'declare const brand: unique symbol',
    'export function open() { let jar = new Map(); return jar }',
    'export class Jar { readonly #all = new Map<string, string>() }',
  ])('is not: %s', (text) => {
    expect(problemsOf(text)).toEqual([])
  })
})

describe('the process, the clock and randomness', { timeout: 120_000 }, () => {
  const reaches = [
    ['process.env.HOME', 'touches the process'],
    ['const { env } = process', 'touches the process'],
    ['globalThis.process.exit(1)', 'touches the process'],
    ["import { env } from 'node:process'", 'touches the process'],
    ['const at = Date.now()', 'reads the clock'],
    ['const clock = { now: Date.now }', 'reads the clock'],
    ['const at = new Date()', 'reads the clock'],
    ['const at = performance.now()', 'reads the clock'],
    ['const n = Math.random()', 'draws randomness'],
    ["import { randomBytes } from 'node:crypto'", 'draws randomness'],
    ["import { randomBytes as bytes } from 'node:crypto'", 'draws randomness'],
    ['const id = crypto.randomUUID()', 'draws randomness'],
    ['sodium.randombytes_buf(nonce)', 'draws randomness'],
  ] as const

  it.each(reaches)('are reached through what was handed over only: %s', (text, problem) => {
    expect(problemsOf(text)).toEqual([`src/session/near.ts:2: ${problem}`])
  })

  it.each([
    ['src/main.ts', 'process.exitCode = 2'],
    ['src/cli/serve.ts', 'process.env.HOME'],
    ['src/lib/clock.ts', 'export const clock = { now: Date.now }'],
    ['src/lib/random.ts', "import { randomBytes } from 'node:crypto'"],
  ])('have their own place: %s', (file, text) => {
    expect(problemsOf(text, file)).toEqual([])
  })

  it('are not mistaken for names of our own', () => {
    const text = 'const at = new Date(0); job.process(); const done = { process: 1 }'

    expect(problemsOf(text)).toEqual([])
  })
})

describe('a file', { timeout: 120_000 }, () => {
  it.each([
    "export { a } from './a.ts'",
    "export * from './a.ts'",
    "import { a } from './a.ts'\nexport { a }",
    "export type { A } from './a.ts'",
  ])('that only passes on is found: %s', (text) => {
    expect(problemsOf(text)).toEqual([
      'src/session/near.ts:1: only passes on what other files export',
    ])
  })

  it('that passes on a type beside its own work is not', () => {
    expect(problemsOf("export type { A } from './a.ts'\nexport const b = 1")).toEqual([])
  })

  it.each([
    'src/utils.ts',
    'src/lib/string-utils.ts',
    'src/helpers/a.ts',
    'src/lib/test-helper.ts',
  ])('named for nothing is found: %s', (file) => {
    expect(problemsOf('export const a = 1', file)).toEqual([
      `${file}:1: is named for nothing in particular`,
    ])
  })
})
