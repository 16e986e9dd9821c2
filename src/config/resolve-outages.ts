// How long the store is waited for, and what is believed while it is silent.
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import { formatDuration, parseDuration } from './durations.ts'
import type { ConfigFile } from './schema.ts'

/** Within it memory is believed anyhow. */
const PROMISED_MS = 1000

export function resolveOutages({ store }: ConfigFile, { warn }: Context): Config['outages'] {
  const timeoutMs = parseDuration(store?.timeout ?? defaults.store.timeout) ?? 0
  const graceMs = parseDuration(store?.grace ?? '0s') ?? 0
  if (graceMs > PROMISED_MS) {
    const long = formatDuration(graceMs)
    warn(
      `store.grace: while the store is silent, who was signed out elsewhere is served here for up to ${long}; leave it out to answer 503 instead`,
    )
  }
  return { timeoutMs, graceMs }
}
