import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ringProblems, roomOf } from './rings.ts'
import { type Room, rooms } from './rooms.ts'
import { readSources } from './source.ts'

const house: readonly Room[] = [
  { files: 'src/lib/**', ring: 0 },
  { files: 'src/domain/**', ring: 1 },
  { files: 'src/store.ts', ring: 2, driver: 'better-sqlite3', types: ['fastify'] },
  { files: 'src/pool/**', ring: 2, driver: '@scope/pool' },
  { files: 'src/auth/**', ring: 3 },
  { files: 'src/proxy/**', ring: 3 },
  { files: 'src/app.ts', ring: 4 },
]

function problemsOf(file: string, text: string): string[] {
  return ringProblems([{ file, text }], house)
}

describe('imports', { timeout: 120_000 }, () => {
  it('go down the rings in every file of src', () => {
    const top = fileURLToPath(new URL('../..', import.meta.url))

    const sources = readSources(top)

    expect(sources.length).toBeGreaterThan(0)
    expect(ringProblems(sources, rooms)).toEqual([])
  })

  it('have no room in the table that is empty', () => {
    const top = fileURLToPath(new URL('../..', import.meta.url))

    const used = new Set(readSources(top).map(({ file }) => roomOf(file, rooms)))

    expect(rooms.filter((room) => !used.has(room))).toEqual([])
  })

  it.each([
    ['src/domain/a.ts', "import { x } from '../lib/x.ts'"],
    ['src/domain/a.ts', "import { x } from './b.ts'"],
    ['src/domain/a.ts', "import { createHash } from 'node:crypto'"],
    ['src/domain/a.ts', "import type { IncomingMessage } from 'node:http'"],
    ['src/domain/a.ts', "import type { Store } from '../store.ts'"],
    ['src/store.ts', "import { x } from './domain/x.ts'"],
    ['src/store.ts', "import Database from 'better-sqlite3'"],
    ['src/store.ts', "import { Worker } from 'node:worker_threads'"],
    ['src/store.ts', "import type { FastifyInstance } from 'fastify'"],
    ['src/pool/a.ts', "import { Pool } from '@scope/pool/deep'"],
    ['src/pool/a.ts', "import { x } from './b.ts'"],
    ['src/auth/login.ts', "import limit from '@fastify/rate-limit'"],
    ['src/auth/login.ts', "import { x } from './logout.ts'"],
    ['src/auth/login.ts', "import type { Store } from '../store.ts'"],
    ['src/app.ts', "import { openStore } from './store.ts'; import x from 'anything'"],
    ['src/app.ts', 'const command = await import(name)'],
  ])('may go down or stay in the room: %s %s', (file, text) => {
    expect(problemsOf(file, text)).toEqual([])
  })

  it.each([
    ['src/lib/a.ts', "import { x } from '../domain/x.ts'", 'src/domain/x.ts of ring 1'],
    ['src/lib/a.ts', "import { x } from 'lru-cache'", 'the package lru-cache'],
    [
      'src/lib/a.ts',
      "import { readFile } from 'node:fs/promises'",
      'reaches for more than it is handed',
    ],
    ['src/domain/a.ts', "import { get } from 'http'", 'reaches for more than it is handed'],
    ['src/domain/a.ts', "import { x } from '../store.ts'", 'src/store.ts of ring 2'],
    ['src/domain/a.ts', "import { type X } from '../auth/x.ts'", 'src/auth/x.ts of ring 3'],
    ['src/domain/a.ts', "import type { X } from 'undici'", 'a type of the package undici'],
    ['src/domain/a.ts', "type X = import('../auth/x.ts').X", 'a type of src/auth/x.ts of ring 3'],
    ['src/lib/a.ts', "import type { X } from '../store.ts'", 'a type of src/store.ts of ring 2'],
    ['src/domain/a.ts', "export { x } from '../store.ts'", 'src/store.ts of ring 2'],
    ['src/domain/a.ts', "export * from '../store.ts'", 'src/store.ts of ring 2'],
    ['src/domain/a.ts', "const x = await import('../store.ts')", 'src/store.ts of ring 2'],
    ['src/domain/a.ts', "const x = require('better-sqlite3')", 'the package better-sqlite3'],
    ['src/domain/a.ts', 'const x = await import(name)', 'something computed'],
    ['src/domain/a.ts', "new Worker(new URL('../store.ts', import.meta.url))", 'src/store.ts'],
    ['src/store.ts', "import { Pool } from '@scope/pool'", 'its driver is better-sqlite3'],
    ['src/store.ts', "import fastify from 'fastify'", 'the package fastify'],
    ['src/store.ts', "import { x } from './pool/a.ts'", 'src/pool/a.ts of ring 2'],
    ['src/pool/a.ts', "import { x } from '@scope/pool-party'", 'the package @scope/pool-party'],
    ['src/auth/login.ts', "import { openStore } from '../store.ts'", 'src/store.ts of ring 2'],
    ['src/auth/login.ts', "import { x } from '../proxy/x.ts'", 'src/proxy/x.ts of ring 3'],
    ['src/auth/login.ts', "import type { X } from '../app.ts'", 'a type of src/app.ts of ring 4'],
    ['src/auth/login.ts', "import { Pool } from 'undici'", 'the package undici'],
    ['src/auth/login.ts', "import type { Pool } from 'undici'", 'a type of the package undici'],
    ['src/auth/login.ts', "import { x } from '../nowhere.ts'", 'which no room covers'],
  ])('may not go up or sideways: %s %s', (file, text, problem) => {
    const problems = problemsOf(file, `// One line.\n${text}`)

    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`${file}:2: `)
    expect(problems[0]).toContain(problem)
  })
})

describe('a file', { timeout: 120_000 }, () => {
  it('that no room covers is a problem', () => {
    expect(problemsOf('src/elsewhere/a.ts', '')).toEqual([
      'src/elsewhere/a.ts: no room of test/checks/rooms.ts covers this file',
    ])
  })

  it('that cannot be parsed is named', () => {
    expect(() => problemsOf('src/lib/a.ts', 'const = 1')).toThrow(/src\/lib\/a\.ts/)
  })
})
