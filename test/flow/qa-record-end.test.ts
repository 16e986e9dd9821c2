// What `coatcheck qa record` leaves whoever stopped it with: where the recording is, and how much it holds.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { startUpstream } from '../support/upstream.ts'

it.each([
  [0, '1 call'],
  [2, '3 calls'],
])('says where the recording is and what it holds once it is stopped', async (more, calls) => {
  await using folder = await openFolder()
  await using upstream = await startUpstream()
  const port = String(await freePort())
  const args = ['qa', 'record', 'a.har', '--upstream', upstream.url, '--port', port]
  await using gateway = await startCommand(args, {
    cwd: folder.path,
    env: { COATCHECK__OPERATORS: 'false' },
  })
  const alice = await gateway.signIn('alice')
  for (let call = 0; call < more; call++) await alice.get('/api/user')

  gateway.kill('SIGINT')
  const { code, stdout } = await gateway.ended

  expect(code).toBe(0)
  expect(stdout).toContain(`\nWritten: ${join(folder.path, 'a.har')}, ${calls}\n`)
})
