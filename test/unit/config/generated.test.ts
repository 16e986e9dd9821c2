import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { editorSchemaText } from '../../../src/config/editor-schema.ts'
import { optionsTable } from '../../../src/config/options-table.ts'
import { branches, rootNode, type SchemaNode } from '../../../src/config/schema-node.ts'
import { KEY } from './loading.ts'

const config = (name: string) =>
  readFile(new URL(`../../../config/${name}`, import.meta.url), 'utf8')

/** Every setting with its node, `routes[].auth` for those in a list. */
function settings(node: SchemaNode, path = ''): [string, SchemaNode][] {
  return branches(node).flatMap((branch) => [
    ...Object.entries(branch.properties ?? {}).flatMap(([key, inner]) => {
      const here = path === '' ? key : `${path}.${key}`
      return [[here, inner] as [string, SchemaNode], ...settings(inner, here)]
    }),
    ...(branch.items ? settings(branch.items, `${path}[]`) : []),
    ...Object.values(branch.patternProperties ?? {}).flatMap((inner) =>
      settings(inner, `${path}.*`),
    ),
  ])
}

const inPlaces = /\.(pointer|header|cookie)$/

describe('the schema for editors', () => {
  it('is the committed one (npm run generate)', async () => {
    expect(await config('coatcheck.schema.json')).toBe(editorSchemaText())
  })

  it('holds nothing but JSON Schema', () => {
    const schema = JSON.parse(editorSchemaText())

    // Strict: it throws at any keyword that is not the standard's.
    expect(() =>
      new Ajv({ strict: true, strictRequired: false, strictTypes: false }).compile(schema),
    ).not.toThrow()
  })

  it.each(['coatcheck.example.yaml', 'mentorship.yaml', 'bridge-in-tech.yaml'])(
    'accepts %s as it is written',
    async (name) => {
      const fits = new Ajv({ strict: false, allErrors: true }).compile(
        JSON.parse(editorSchemaText()),
      )

      fits(parse(await config(name)))

      expect(fits.errors ?? []).toEqual([])
    },
  )

  it.each([
    ['a variable where a number stands', { listen: { port: `\${PORT:-3000}` } }, true],
    ['a file where text stands', { cookie: { keys: { file: 'x' } } }, true],
    [
      'a file for a certificate',
      { routes: [{ path: '/a', upstream: 'http://x', tls: { ca: { file: 'x' } } }] },
      true,
    ],
    ['keys as a list', { cookie: { keys: [KEY] } }, true],
    ['an unknown setting', { nope: 1 }, false],
    ['a number without a unit', { session: { idle: 30 } }, false],
    ['a wrong word', { csrf: 'none' }, false],
  ])('judges %s', (_what, value, verdict) => {
    const fits = new Ajv({ strict: false }).compile(JSON.parse(editorSchemaText()))

    expect(fits(value)).toBe(verdict)
  })
})

describe('the schema', () => {
  it('describes every setting', () => {
    const silent = settings(rootNode).filter(
      ([path, node]) => !node.description && !inPlaces.test(path),
    )

    expect(silent.map(([path]) => path)).toEqual([])
  })
})

describe('the option table', () => {
  it('has a row for every setting that is not a group', () => {
    const table = optionsTable()
    const leaves = settings(rootNode).filter(
      ([path, node]) => !node.properties && !inPlaces.test(path),
    )

    for (const [path] of leaves) {
      const shown = path.replace('.*', '.<name>').replace('static[]', 'static')
      expect(table).toContain(`| \`${shown}\` |`)
    }
  })

  it('is a table: four cells in every row', () => {
    const rows = optionsTable().trim().split('\n')

    for (const row of rows) expect(row.replaceAll('\\|', '').match(/\|/g)).toHaveLength(5)
    expect(rows).toContain(
      '| `session.idle` | duration | `8h` | A session without requests for so long needs a new sign-in. |',
    )
  })
})

describe('the annotated example', () => {
  it('begins with its schema and mentions every setting', async () => {
    const text = await config('coatcheck.example.yaml')

    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./coatcheck.schema.json')
    for (const [path] of settings(rootNode)) {
      const key = path.split('.').at(-1) ?? ''
      expect(text, path).toMatch(new RegExp(`(^|[\\s{,#])${key}:`, 'm'))
    }
  })
})
