// Recording where real people sign in is refused, wherever it says so.
import { expect, it } from 'vitest'
import { openFolder } from '../support/folder.ts'
import { runIn } from '../support/program.ts'

const FILES = { 'production.env': 'NODE_ENV=production\n' }
const ARGS = ['qa', 'record', 'a.har', '--upstream', 'http://127.0.0.1:1'] as const

it.each([
  ['a file of variables', {}, ['--env-file', 'production.env']],
  ['the environment', { NODE_ENV: 'production' }, []],
])('NODE_ENV=production in %s refuses it', async (_, env, more) => {
  await using folder = await openFolder(FILES)
  const origin = {
    COATCHECK_PUBLIC_ORIGIN: 'https://app.example.org',
    COATCHECK_KEYS: Buffer.alloc(32, 1).toString('base64url'),
  }

  const ran = await runIn({ cwd: folder.path, env: { ...origin, ...env } }, ...ARGS, ...more)

  expect(ran).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /^Recording is refused with NODE_ENV=production: .* --allow\.\n$/,
    ),
  })
})
