// What docs/leaks.md says of the leak finder holds.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { usual } from '../../../src/qa/leaks/resolve-target.ts'
import { targetSchema } from '../../../src/qa/leaks/target-schema.ts'
import { samples } from '../../../src/qa/samples/sample.ts'
import { targetFrom } from '../../support/leaks.ts'

const page = readFileSync(fileURLToPath(new URL('../../../docs/leaks.md', import.meta.url)), 'utf8')

it('its target file is one', async () => {
  const [, yaml = ''] = /```yaml\n(target:.*?)```/s.exec(page) ?? []

  await expect(targetFrom(yaml)).resolves.toMatchObject({ origin: 'http://localhost:5000' })
})

it('its table has every setting once, and the defaults that hold', () => {
  const [, section = ''] = /## The target file\n(.*?)\n##/s.exec(page) ?? []
  const rows = [...section.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, name, by]) => [name, by])

  expect(rows.map(([name]) => name)).toEqual(Object.keys(targetSchema.properties))
  expect(Object.fromEntries(rows)).toMatchObject({
    mix: `\`{ whoami: ${usual.mix.whoami}, reads: ${usual.mix.reads}, visitors: ${usual.mix.visitors} }\``,
    rate: `none; ${usual.rateElsewhere} on other hosts`,
    seed: `${usual.seed}`,
    requests: `${usual.requests}`,
    timeouts: `\`{ request: ${usual.requestMs / 1000}s, restart: ${usual.restartMs / 1000}s, total: ${usual.totalMs / 1000}s }\``,
  })
})

it('it names every sample', () => {
  for (const name of Object.keys(samples)) expect(page).toContain(`\`${name}\``)
})
