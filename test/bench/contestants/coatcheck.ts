// Coatcheck on SQLite or Redis with every check of production on, as it is published.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runContestant } from '../contestant.ts'
import { gatewayConfig } from '../gateway-config.ts'
import { startRedisBeside } from '../redis.ts'

type Coatcheck = typeof import('../../../src/index.ts')
type Heap = typeof import('../../../src/cli/heap.ts')

runContestant(async ({ upstream, dir, built, settings }) => {
  // As the command does.
  const { tuneHeap }: Heap = await import(join(built, 'cli/heap.js'))
  tuneHeap()
  const { loadConfig, openGateway }: Coatcheck = await import(join(built, 'index.js'))
  const configPath = join(dir, 'coatcheck.yaml')
  const access = settings.access === true
  const store = settings.redis === true ? await startRedisBeside(dir) : join(dir, 'sessions.db')
  const near = typeof settings.near === 'number' ? { near: settings.near } : {}
  writeFileSync(configPath, gatewayConfig({ store, upstream, port: 0, access, ...near }))
  const env = {
    NODE_ENV: 'production',
    COATCHECK_KEYS: randomBytes(32).toString('base64url'),
  }
  const loaded = await loadConfig({ env, cwd: dir, configPath })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  const record = {
    file: join(dir, 'record.har'),
    bodyBytes: 16_384,
    mostBytes: 2 ** 31,
    redact: [],
  }
  const { url } = await openGateway({
    config: loaded.config,
    ...(settings.record === true ? { record } : {}),
  })
  return { url }
})
