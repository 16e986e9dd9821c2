// A page that is older than its sources is built once, however many commands want it at the same moment.
import { execFile, spawnSync } from 'node:child_process'
import { access, utimes, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

it('is built by one of several processes, and whole for all of them', async () => {
  const now = new Date()
  await utimes(at('src/web/report/index.html'), now, now)

  // Rejects where one fails.
  const build = () => promisify(execFile)(process.execPath, [at('src/web/build.ts'), 'report'])
  const ended = await Promise.all(Array.from({ length: 4 }, build))

  // One in any other test may have been quicker still.
  expect(ended.filter(({ stderr }) => stderr.includes('Building')).length).toBeLessThanOrEqual(1)
  await access(at('dist/web/report/index.html'))
})

it('is not waited for where whoever was building it has died', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  const now = new Date()
  await utimes(at('src/web/report/index.html'), now, now)
  await writeFile(at('dist/web/.report.lock'), String(dead))

  await promisify(execFile)(process.execPath, [at('src/web/build.ts'), 'report'])

  await expect(access(at('dist/web/.report.lock'))).rejects.toThrow('ENOENT')
})
