import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { oneFile } from '../../../src/web/one-file.ts'

const PAGE = `<!doctype html><meta content="script-src 'script-hashes'; style-src 'style-hashes'">
<link rel="icon" href="data:image/svg+xml,x"><script type="module" crossorigin src="/a.js"></script>
<link rel="stylesheet" crossorigin href="/b.css"><script type="application/gzip" id="run"></script>`

describe('one file of a page', () => {
  it('has script and style within, and a policy that allows these alone', () => {
    const page = oneFile([bundle({ 'index.html': PAGE, 'a.js': 'go()', 'b.css': 'a{}' })])

    expect(page).toContain('<script type="module">go()</script>')
    expect(page).toContain('<style>a{}</style>')
    expect(page).toContain(`script-src '${hash('go()')}'; style-src '${hash('a{}')}'`)
  })

  it('ends no script within a string of it', () => {
    const page = oneFile([bundle({ 'index.html': PAGE, 'a.js': '"</script>$&"', 'b.css': '' })])

    expect(page).toContain('<script type="module">"<\\/script>$&"</script>')
  })

  it('refuses to leave anything outside', () => {
    const chunky = `${PAGE}<link rel="modulepreload" href="/c.js">`

    expect(() => oneFile([bundle({ 'index.html': chunky, 'a.js': '', 'b.css': '' })])).toThrow(
      'stays outside the one file: <link rel="modulepreload" href="/c.js"',
    )
    expect(() => oneFile([bundle({ 'index.html': PAGE, 'a.js': '' })])).toThrow('lacks /b.css')
  })
})

function bundle(files: Readonly<Record<string, string>>) {
  const output = Object.entries(files).map(([fileName, source]) => {
    return { type: 'asset', fileName, source }
  })
  return { output } as unknown as Parameters<typeof oneFile>[0][number]
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
