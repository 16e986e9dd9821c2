import { describe, expect, it } from 'vitest'
import { readPage } from './page.ts'

const FENCE = '```'

function sh(code: string, mark?: string): string {
  return `${mark === undefined ? '' : `<!-- check: ${mark} -->\n`}${FENCE}sh\n${code}\n${FENCE}\n`
}

describe('a sh block', { timeout: 120_000 }, () => {
  it('is read with its mark and its line', () => {
    const page = readPage('a.md', `# A\n\n${sh('echo 1', 'run')}\n${sh('npm start', 'start')}`)

    expect(page.problems).toEqual([])
    expect(page.blocks).toEqual([
      { line: 4, text: 'echo 1', check: 'run' },
      { line: 9, text: 'npm start', check: 'start' },
    ])
  })

  it('is found inside a list too', () => {
    const inner = sh('echo 1', 'run').replaceAll('\n', '\n  ')
    const page = readPage('a.md', `# A\n\n- First\n\n  ${inner}`)

    expect(page.problems).toEqual([])
    expect(page.blocks).toEqual([{ line: 6, text: 'echo 1', check: 'run' }])
  })

  it('is left alone for a reason only', () => {
    const page = readPage('a.md', `${sh('docker run x', 'none: needs Docker')}`)

    expect(page.blocks).toEqual([{ line: 2, text: 'docker run x', check: 'none' }])
    expect(readPage('a.md', sh('x', 'none')).problems).toHaveLength(1)
    expect(readPage('a.md', sh('x', 'none: ')).problems).toHaveLength(1)
  })

  it.each([
    ['no mark', sh('x')],
    ['a mark nobody knows', sh('x', 'later')],
    ['a mark with something more', sh('x', 'run: please')],
    ['a mark further up', `<!-- check: run -->\n\nText.\n\n${sh('x')}`],
    ['two marks', `<!-- check: run -->\n${sh('x', 'run')}`],
  ])('is refused with %s', (_, text) => {
    expect(readPage('a.md', text).problems).not.toEqual([])
  })

  it.each(['bash', 'shell', 'console', 'zsh'])('goes by no other name, such as %s', (name) => {
    const page = readPage('a.md', `${FENCE}${name}\nx\n${FENCE}\n`)

    expect(page.problems).toEqual([`a.md:1: commands stand in sh blocks, not ${name}`])
  })
})

describe('a mark', { timeout: 120_000 }, () => {
  it.each([
    ['nothing', '# A\n\n<!-- check: run -->\n'],
    ['a block of something else', `<!-- check: run -->\n${FENCE}yaml\na: 1\n${FENCE}\n`],
  ])('above %s is refused', (_, text) => {
    expect(readPage('a.md', text).problems).toEqual([
      expect.stringMatching(/^a\.md:\d: no sh block follows this mark$/),
    ])
  })
})

describe('a page', { timeout: 120_000 }, () => {
  it('tells its links, images and reference links, wherever they stand', () => {
    const text = [
      'See [a](one.md) and ![b](two.png).',
      '| x |',
      '|---|',
      '| [c](three.md#d) |',
      '',
      '- <a href="four.md">d</a>',
      '- [e][ref]',
      '',
      '[ref]: five.md',
    ].join('\n')

    const links = readPage('a.md', text).links.map((link) => link.text)

    expect(links).toEqual(['one.md', 'two.png', 'three.md#d', 'four.md', 'five.md'])
  })

  it('tells its anchors as they are spelled on GitHub', () => {
    const text =
      '# The `a` & b\n\n## Same\n\n## Same\n\n## [Linked](x.md) one\n\n<a id="own"></a>\n'

    expect([...readPage('a.md', text).anchors]).toEqual([
      'the-a--b',
      'same',
      'same-1',
      'linked-one',
      'own',
    ])
  })
})
