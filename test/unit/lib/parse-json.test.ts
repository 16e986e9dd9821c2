// JSON of a stranger ends no process, and JSON that somebody may mean is read as ever.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTooDeep, parseJson } from '../../../src/lib/parse-json.ts'

const MODULE = fileURLToPath(new URL('../../../src/lib/parse-json.ts', import.meta.url))

/** How a process of its own ends that tries to parse it a hundred times. */
async function endOfParsing(): Promise<number | null> {
  const script = `import { parseJson } from ${JSON.stringify(MODULE)}
    const text = '[0,'.repeat(10_000) + '0]'
    for (let times = 0; times < 100; times++) try { parseJson(text) } catch {}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  return code
}

describe('JSON of a stranger', () => {
  it('that is nested too deeply is refused before it can do harm', async () => {
    expect(await endOfParsing()).toBe(0)
  })

  it.each([
    ['lists', '['],
    ['lists that go on', '[0,'],
    ['objects', '{"a":'],
    ['both', '{"a":[0,'],
    ['what has strings between', '{"\\"[[":"]]\\\\","a":'],
  ])('of 8192 levels of %s is told by its depth', (_, piece) => {
    expect(isTooDeep(piece.repeat(8192))).toBe(true)
    expect(() => parseJson(piece.repeat(8192))).toThrow('nested deeper than 1000 levels')
  })

  it('may be long, and have brackets in its strings', () => {
    const words = { text: '[{"'.repeat(9000), quoted: '\\"['.repeat(9000), end: '\\\\' }
    const list = Array.from({ length: 5000 }, (_, id) => ({ id, of: [id] }))

    expect(parseJson(JSON.stringify(words))).toEqual(words)
    expect(parseJson(JSON.stringify(list))).toEqual(list)
    expect(parseJson(`${'['.repeat(900)}${' '.repeat(9000)}${']'.repeat(900)}`)).toHaveLength(1)
  })

  it('is what it was, whatever it is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 9, depthSize: 'xlarge' }), (text) => {
        const padded = text + ' '.repeat(8000)
        expect(parseJson(padded)).toEqual(JSON.parse(padded))
      }),
    )
  })
})
