// Where sessions are kept, and which wishes this version cannot fulfil.
import { resolve } from 'node:path'
import type { StoreConfig } from './config.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import type { ConfigFile } from './schema.ts'
import { variable } from './sources.ts'

export function resolveStore(file: ConfigFile, context: Context): StoreConfig {
  const { problems, given, env, warn, cwd } = context
  const redis = variable(env, 'REDIS_URL') !== undefined
  const dyno = variable(env, 'DYNO') !== undefined
  const mend = dyno ? '{ kind: sqlite, ephemeral: true }' : '{ kind: sqlite }'
  if (!given(['store'])) {
    if (redis) {
      const message = `REDIS_URL is set, and Redis is not in this version: write store: ${mend}`
      problems.add(['store'], message, { part: 'key' })
      return { kind: 'memory' }
    }
  } else if (redis) {
    warn('REDIS_URL is set and not used, because store is written; unset it')
  }
  const { kind, path, ephemeral } = { ...defaults.store, ...file.store }
  if (dyno && !ephemeral) {
    if (!problems.at(['store', 'kind']) && !problems.at(['store', 'ephemeral'])) {
      const message = `a dyno's disk is erased at every restart, which signs everybody out: sessions belong in the heroku-redis add-on, or accept the loss with store: ${mend}`
      problems.add(['store'], message, { part: 'key' })
    }
  } else if (dyno) {
    warn('store.ephemeral: every restart of the dyno signs everybody out')
  }
  if (kind === 'memory') {
    if (file.store?.path !== undefined) problems.add(['store', 'path'], 'goes with kind: sqlite')
    return { kind }
  }
  if (path.startsWith(':')) problems.add(['store', 'path'], 'must be a file: write kind: memory')
  return { kind, path: resolve(cwd, path) }
}
