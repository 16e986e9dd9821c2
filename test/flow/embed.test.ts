import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { coatcheck, loadConfig, openGateway } from '../../src/index.ts'
import { openFolder } from '../support/folder.ts'
import { send } from '../support/http.ts'
import { startUpstream } from '../support/upstream.ts'

const KEY = Buffer.alloc(32, 5).toString('base64url')

async function setUp() {
  const upstream = await startUpstream()
  const dir = await openFolder()
  const loaded = await loadConfig({
    env: {
      COATCHECK_UPSTREAM: upstream.url,
      COATCHECK_PUBLIC_ORIGIN: 'http://localhost:3000',
      COATCHECK_KEYS: KEY,
      COATCHECK__STORE__KIND: 'memory',
      COATCHECK__LOG__LEVEL: 'silent',
    },
    cwd: dir.path,
    overrides: { port: '0' },
  })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join())
  return {
    upstream,
    config: loaded.config,
    async [Symbol.asyncDispose]() {
      await dir[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

describe('an application with the gateway inside', () => {
  it('keeps its own routes beside those of the plug-in', async () => {
    await using it = await setUp()
    await using app = Fastify()
    app.get('/own', async () => 'own')
    await app.register(coatcheck, { config: it.config })

    const url = await app.listen({ port: 0, host: '127.0.0.1' })

    const host = 'localhost:3000'
    expect((await send(url, '/own', { host })).text).toBe('own')
    expect((await send(url, '/api/notes', { host })).json()).toMatchObject({
      code: 'session_required',
    })
    expect((await send(url, '/auth/session', { host })).json()).toMatchObject({ state: 'absent' })
  })

  it('opens a whole gateway from the same configuration', async () => {
    await using it = await setUp()
    const gateway = await openGateway({ config: { ...it.config, operators: undefined } })

    const answer = await send(gateway.url, '/auth/health')
    await gateway.close()

    expect(answer.status).toBe(204)
  })
})
