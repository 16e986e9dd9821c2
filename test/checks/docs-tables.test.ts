import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lexer, type Token, type Tokens } from 'marked'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { problems } from '../../src/errors.ts'
import { createMetrics } from '../../src/http/metrics.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { comesDown, goesUp, isCacheName } from '../../src/proxy/headers.ts'
import { contestants } from '../bench/contestants.ts'
import { openFolder } from '../support/folder.ts'

const top = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string) => readFileSync(join(top, file), 'utf8')

describe('docs/problems.md', { timeout: 120_000 }, () => {
  const rows = tables('docs/problems.md').flatMap(({ rows }) => rows)

  it('has every problem once, with its status', () => {
    const told = rows.map(([code = '', status = '']) => [code, Number.parseInt(status, 10)])

    expect(told.toSorted()).toEqual(
      Object.entries(problems)
        .map(([code, [status]]) => [code, status])
        .toSorted(),
    )
  })

  it('says of each what it means and what to do', () => {
    for (const row of rows) expect(row.filter((cell) => cell !== '')).toHaveLength(4)
  })
})

describe('docs/sessions.md', { timeout: 120_000 }, () => {
  it('has every reason for which a session ends', () => {
    const told = columnOf('docs/sessions.md', 'reason')

    expect(told.toSorted()).toEqual(
      quoted(between('src/session/session.ts', 'export type EndReason =', '\n\n')),
    )
  })
})

describe('docs/proxying.md', { timeout: 120_000 }, () => {
  const source = 'src/proxy/headers.ts'
  const list = (name: string, end: string) =>
    quoted(between(source, `const ${name}`, end).replaceAll(/\/\/.*/g, ''))

  it('has every header that never goes up, and no other', () => {
    const told = wordsOf('docs/proxying.md', 'never goes up')
    const names = list('NEVER_UP:', '])')
    const families = list('NEVER_UP_FAMILIES', ']\n').map((name) => `${name}*`)

    expect(told.toSorted()).toEqual([...names, ...families].toSorted())
    for (const name of told) expect(goesUp(name.replace('*', 'anything')), name).toBe(false)
  })

  it('has every header that never comes down, and no other', () => {
    const told = wordsOf('docs/proxying.md', 'never comes down')
    const caches = [...list('CACHE_NAMES', '])'), '*-cdn-cache-control']

    expect(told.toSorted()).toEqual([...list('NEVER_DOWN', '])'), ...caches].toSorted())
    for (const name of told) {
      const one = name.replace('*', 'some')
      expect(comesDown(one) && !isCacheName(one), name).toBe(false)
    }
  })
})

describe('docs/deploying.md', { timeout: 120_000 }, () => {
  it('has every metric with its labels, and no other', async () => {
    const metrics = createMetrics(() => 0)
    const { text } = await metrics.render()
    const labels = [...read('src/http/metrics.ts').matchAll(/Counter<([^>]*)>/g)]
    const rows = rowsOf('docs/deploying.md', 'labels')

    expect(rows.map(([name]) => name).toSorted()).toEqual(
      [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name).toSorted(),
    )
    const known = new Set(labels.flatMap(([, names = '']) => quoted(names)))
    for (const [, cell = ''] of rows) {
      for (const label of words(cell)) expect(known).toContain(label)
    }
  })

  it('has every event of the log, and no other', () => {
    const files = [
      'src/events.ts',
      'src/pending/mount.ts',
      'src/cli/shutdown.ts',
      ...globSync('src/cli/workers*.ts', { cwd: top }),
    ]
    const sources = files.map(read).join('\n')
    const events = [...sources.matchAll(/\bevent: '(\w+)'/g)].map(([, event]) => event)
    const told = rowsOf('docs/deploying.md', 'event').flatMap(([cell = '']) => words(cell))

    expect(told.toSorted()).toEqual([...new Set(events)].toSorted())
  })
})

describe('docs/benchmarks.md', { timeout: 120_000 }, () => {
  it('has everybody who takes part', () => {
    expect(columnOf('docs/benchmarks.md', 'contestant')).toEqual(
      contestants.map(({ name }) => name),
    )
  })
})

describe('a configuration in the docs', { timeout: 120_000 }, () => {
  const found = [
    'README.md',
    ...['configuration', 'providers', 'proxying'].map((name) => `docs/${name}.md`),
  ].flatMap((file) =>
    all(file)
      .filter((token) => token.type === 'code' && token.lang === 'yaml')
      .map(({ raw }, index) => ({ file, nth: index + 1, yaml: bodyOf(raw) })),
  )

  it.each(found)('is one that the gateway takes: $file, number $nth', async ({ yaml }) => {
    const written = parse(yaml) ?? {}
    await using folder = await openFolder({
      'coatcheck.yaml': stringify({ ...around(written), ...written }),
      'dist/web/index.html': '',
      'dist/admin/index.html': '',
    })
    const env = {
      API_URL: 'https://api.example.org',
      CLIENT_SECRET: 'x',
      COATCHECK_KEYS: systemRandom(32).toString('base64url'),
    }

    const loaded = await loadConfig({ env, cwd: folder.path, random: systemRandom })

    expect(loaded.ok ? [...loaded.config.warnings] : loaded.problems).toEqual([])
  })

  it('is found', () => {
    expect(found.length).toBeGreaterThan(8)
  })
})

/** What a part of a configuration needs around it to be a whole one. */
function around(written: Record<string, unknown>): Record<string, unknown> {
  if (written.upstream !== undefined || written.providers !== undefined) return {}
  return { signIn: 'https://api.example.org/login' }
}

interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

function all(file: string): Token[] {
  return lexer(read(file))
}

/** Headings and first cells without the marks of code. */
function tables(file: string): Table[] {
  return all(file)
    .filter((token): token is Tokens.Table => token.type === 'table')
    .map(({ header, rows }) => ({
      head: header.map(({ text }) => text.replaceAll('`', '')),
      rows: rows.map((row) =>
        row.map(({ text }, column) => (column === 0 ? text.replace(/^`([^`]*)`$/, '$1') : text)),
      ),
    }))
}

/** Of the one table that has this heading. */
function rowsOf(file: string, heading: string): Table['rows'] {
  const found = tables(file).filter(({ head }) => head.includes(heading))
  expect(found, `tables with ${heading} in ${file}`).toHaveLength(1)
  return found[0]?.rows ?? []
}

function columnOf(file: string, heading: string): string[] {
  return rowsOf(file, heading).map(([cell = '']) => cell)
}

/** Everything in code in a table's cells, but for its first column. */
function wordsOf(file: string, heading: string): string[] {
  return rowsOf(file, heading).flatMap(([, ...cells]) => cells.flatMap(words))
}

function words(cell: string): string[] {
  const found = [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)
  return found.length > 0 || !/^[a-z_]+$/.test(cell) ? found : [cell]
}

function between(file: string, start: string, end: string): string {
  const text = read(file)
  const from = text.indexOf(start)
  expect(from, `${start} in ${file}`).toBeGreaterThan(-1)
  return text.slice(from, text.indexOf(end, from))
}

function quoted(text: string): string[] {
  return [...text.matchAll(/'([\w-]+)'/g)].map(([, word = '']) => word).toSorted()
}

function bodyOf(raw: string): string {
  return raw.split('\n').slice(1, -1).join('\n')
}
