import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { docsProblems, readDocs } from './docs.ts'

async function createCheckout(files: Record<string, string>) {
  const top = await mkdtemp(join(tmpdir(), 'coatcheck-docs-'))
  const all = { 'package.json': '{ "scripts": { "check": "true" } }', ...files }
  for (const [file, text] of Object.entries(all)) {
    await mkdir(dirname(join(top, file)), { recursive: true })
    await writeFile(join(top, file), text)
  }
  return {
    problems: () => docsProblems(top, readDocs(top)),
    [Symbol.asyncDispose]: () => rm(top, { recursive: true }),
  }
}

describe('the docs', { timeout: 120_000 }, () => {
  it('may be missing altogether', async () => {
    await using checkout = await createCheckout({})

    expect(checkout.problems()).toEqual([])
  })

  it('name what is there', async () => {
    await using checkout = await createCheckout({
      'README.md': [
        '# Top',
        '[a](docs/a.md) [b](docs/a.md#part) [c](#top) [d](docs) [e](https://example.org/nowhere)',
        '`npm run -s check` `config/all.yaml` `src/*.ts` `/auth/session`',
      ].join('\n\n'),
      'docs/a.md': '## Part\n\n[up](../README.md#top)',
      'config/all.yaml': '',
    })

    expect(checkout.problems()).toEqual([])
  })

  it.each([
    ['[a](docs/b.md)', 'a link to nothing: docs/b.md'],
    ['![a](docs/b.png)', 'a link to nothing: docs/b.png'],
    ['[a](docs/a.md#nowhere)', 'a link to no heading: docs/a.md#nowhere'],
    ['[a](#nowhere)', 'a link to no heading: #nowhere'],
    ['[a](/docs/a.md)', 'a link is relative or https: /docs/a.md'],
    ['[a](file:docs/a.md)', 'a link is relative or https: file:docs/a.md'],
    ['[a](../elsewhere/a.md)', 'a link out of the checkout: ../elsewhere/a.md'],
    ['`npm run nothing`', 'package.json has no script nothing'],
    ['`npm run -s toString`', 'package.json has no script toString'],
    ['`config/none.yaml`', 'there is no config/none.yaml'],
  ])('name nothing that is not there: %s', async (text, problem) => {
    await using checkout = await createCheckout({
      'README.md': `# Top\n\n${text}\n`,
      'docs/a.md': '## Part',
    })

    expect(checkout.problems()).toEqual([`README.md:3: ${problem}`])
  })

  it('name no script that is not there in a block that is not run', async () => {
    const block = '<!-- check: none: takes long -->\n```sh\nnpm run nothing\n```\n'
    await using checkout = await createCheckout({ 'docs/a.md': block })

    expect(checkout.problems()).toEqual(['docs/a.md:2: package.json has no script nothing'])
  })
})
