import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshRegions, staleFiles, staleRegions, writeStale } from './generated.ts'
import { readPage } from './page.ts'

const regions = { options: () => '| a |\n' }
const fresh = '# A\n\n<!-- options:start -->\n\n| a |\n\n<!-- options:end -->\n'

function staleIn(text: string): string[] {
  return staleRegions(readPage('docs/a.md', text), regions)
}

describe('a generated region', { timeout: 120_000 }, () => {
  it('is what its generator says', () => {
    expect(staleIn(fresh)).toEqual([])
    expect(staleIn('# No region\n')).toEqual([])
  })

  it('is told when stale, and mended by writing', () => {
    const stale = fresh.replace('| a |', '| old |')

    expect(staleIn(stale)).toEqual(['docs/a.md: the region options is stale: npm run generate'])
    expect(freshRegions(stale, regions)).toBe(fresh)
  })

  it('has a generator, a start and an end', () => {
    expect(staleIn(fresh.replaceAll('options', 'toString'))).toHaveLength(1)
    expect(staleIn('<!-- options:start -->\n')).toHaveLength(1)
    expect(staleIn('<!-- options:end -->\n')).toHaveLength(1)
  })
})

describe('a generated file', { timeout: 120_000 }, () => {
  it('is told when missing or stale, and mended by writing', async () => {
    const top = await mkdtemp(join(tmpdir(), 'coatcheck-generated-'))
    try {
      const files = { 'a.json': () => '{}\n', 'b.json': () => '[]\n' }
      await writeFile(join(top, 'a.json'), '{}')

      expect(staleFiles(top, files)).toHaveLength(2)
      expect(writeStale(top, files)).toEqual(['a.json', 'b.json'])

      expect(staleFiles(top, files)).toEqual([])
      expect(writeStale(top, files)).toEqual([])
      expect(await readFile(join(top, 'a.json'), 'utf8')).toBe('{}\n')
    } finally {
      await rm(top, { recursive: true })
    }
  })
})
