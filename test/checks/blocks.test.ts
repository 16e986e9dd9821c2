import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runBlocks } from './blocks.ts'
import { readPage } from './page.ts'

// Says where it answers, as the gateway does.
const server = `
const server = require('node:http').createServer((_, response) => {
  response.statusCode = Number(process.env.STATUS ?? 200)
  response.end('hello')
})
server.listen(process.env.COATCHECK__LISTEN__PORT, '127.0.0.1', () => {
  console.log('open http://localhost:' + server.address().port)
})
if (process.env.ONCE) server.on('request', (_, response) => response.on('close', () => process.exit(3)))
if (process.env.DEAF) process.on('SIGTERM', () => {})
`

const limits = { runMs: 5_000, startMs: 5_000, stopMs: 3_000 }

async function createCheckout() {
  const top = await mkdtemp(join(tmpdir(), 'coatcheck-blocks-'))
  await writeFile(join(top, 'server.cjs'), server)
  return {
    top,
    run: (blocks: readonly (readonly [mark: string, code: string])[], shorter = {}) => {
      const texts = blocks.map(
        ([mark, code]) => `<!-- check: ${mark} -->\n\`\`\`sh\n${code}\n\`\`\`\n`,
      )
      const page = readPage('README.md', texts.join('\n'))
      expect(page.problems).toEqual([])
      return runBlocks(top, page, { ...limits, ...shorter })
    },
    [Symbol.asyncDispose]: () => rm(top, { recursive: true }),
  }
}

describe('the blocks of a page', { timeout: 120_000 }, () => {
  it('run in order, in one copy that leaves the checkout as it was', async () => {
    await using checkout = await createCheckout()

    const problems = await checkout.run([
      ['run', 'test -f server.cjs\necho one > made.txt\nrm server.cjs'],
      ['run', 'test "$(cat made.txt)" = one'],
      ['none: only shown', 'exit 1'],
    ])

    expect(problems).toEqual([])
    expect(await readdir(checkout.top)).toEqual(['server.cjs'])
  })

  it('fail at the first command that fails, and show what it printed', async () => {
    await using checkout = await createCheckout()

    const problems = await checkout.run([['run', 'echo before\nfalse\necho after']])

    expect(problems).toEqual(['README.md:2: ends with 1\n    before'])
  })

  it('fail when they take too long, and are ended', async () => {
    await using checkout = await createCheckout()

    const problems = await checkout.run([['run', 'sleep 60']], { runMs: 200 })

    expect(problems).toEqual([expect.stringContaining('README.md:2: takes too long')])
  })

  it('see no variable of npm or of the test runner', async () => {
    await using checkout = await createCheckout()

    const problems = await checkout.run([
      ['run', 'test -z "$VITEST$NODE_ENV$npm_lifecycle_event$npm_config_user_agent"'],
      ['run', 'case "$PATH" in *node_modules*) exit 1;; esac'],
    ])

    expect(problems).toEqual([])
  })
})

describe('what a start block starts', { timeout: 120_000 }, () => {
  it('answers at its address, serves the blocks below, and ends', async () => {
    await using checkout = await createCheckout()
    const ask = (url: string) =>
      `node -e "fetch('${url}').then(async (r) => process.exit((await r.text()) === 'hello' ? 0 : 1))"`

    const problems = await checkout.run([
      ['start', 'node server.cjs'],
      ['run', ask('http://localhost:3000/')],
      ['run', ask('http://127.0.0.1:3000/')],
    ])

    expect(problems).toEqual([])
    expect(existsSync(join(checkout.top, 'data'))).toBe(false)
  })

  it('fails where it prints no address in time', async () => {
    await using checkout = await createCheckout()

    const problems = await checkout.run([['start', 'echo wait; sleep 60']], { startMs: 1_000 })

    expect(problems).toEqual(['README.md:2: prints no address of its own\n    wait'])
  })

  it('fails where it ends by itself', async () => {
    await using checkout = await createCheckout()
    const gone = `const ask = () => fetch('http://localhost:3000').then(ask, () => {}); ask()`

    const problems = await checkout.run([
      ['start', 'ONCE=1 node server.cjs'],
      ['run', `node -e "${gone}"`],
    ])

    expect(problems).toEqual([expect.stringContaining('README.md:2: ended by itself, with 3')])
  })

  it.each([
    ['echo bye', 'prints no address of its own'],
    ['echo "open http://localhost:1/"; sleep 60', 'does not answer at http://localhost:1'],
    ['STATUS=500 node server.cjs', 'does not answer at http://localhost:'],
    ['STATUS=421 node server.cjs', 'does not answer at http://localhost:'],
    ['sh -c "node server.cjs; true"', 'does not end on SIGTERM'],
    ['DEAF=1 node server.cjs', 'does not end on SIGTERM'],
  ])('fails where it does not: %s', async (code, problem) => {
    await using checkout = await createCheckout()

    const problems = await checkout.run([['start', code]], { stopMs: 500 })

    expect(problems).toEqual([expect.stringContaining(`README.md:2: ${problem}`)])
  })
})
