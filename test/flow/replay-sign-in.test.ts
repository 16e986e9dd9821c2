// Sign-ins at a frontend's own address, recorded, are played back at the gateway's, where alone passwords go.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { startGateway } from '../support/gateway.ts'
import { replay } from '../support/replay.ts'
import { startUpstream } from '../support/upstream.ts'

it('plays back who signed in at an address of the frontend', async () => {
  await using folder = await openFolder()
  await using upstream = await startUpstream()
  const file = join(folder.path, 'a.har')
  const port = await freePort()
  const settings = {
    publicOrigin: `http://localhost:${port}`,
    listen: { host: '127.0.0.1', port },
    routes: [{ upstream: upstream.url, owner: { field: '/username', is: 'sub', on: 'observe' } }],
  } as const
  const record = { file, bodyBytes: 16_384, mostBytes: 2 ** 30, redact: [] }
  const recorder = await startGateway({ ...settings, options: { record } })
  const { headers } = await recorder.send('/api/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'alice', password: 'secret' }),
  })
  const cookie = String(headers['set-cookie']).split(';', 1)[0] ?? ''
  const { status } = await recorder.person(cookie).get('/api/user')
  await recorder.close()
  expect(status).toBe(200)
  await using _gateway = await startGateway(settings)

  const { counts, run } = await replay(file, settings.publicOrigin)

  expect(counts).toMatchObject({ calls: 2, answers: 2, different: 0, unfilled: 0, verified: 1 })
  expect(run.verdict.outcome).toBe('clean')
})
