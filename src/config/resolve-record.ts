// The recording of the file → where it goes and how large it may become.
import { resolve } from 'node:path'
import type { RecordConfig } from './config.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import { parseSize } from './durations.ts'
import type { ConfigFile } from './schema.ts'

type RecordFile = NonNullable<NonNullable<ConfigFile['qa']>['record']>

const MOST_BODY = 1024 * 1024

export function resolveRecord(written: RecordFile, { problems, cwd }: Context): RecordConfig {
  const path = ['qa', 'record']
  const { file, ...bounds } = typeof written === 'string' ? { file: written } : written
  const config = recordTo(resolve(cwd, file), bounds)
  if (config.bodyBytes > MOST_BODY) problems.add([...path, 'body'], 'must be at most 1MiB')
  return config
}

/** `file`: absolute. */
export function recordTo(
  file: string,
  { body, limit, redact }: { body?: string; limit?: string; redact?: readonly string[] } = {},
): RecordConfig {
  return {
    file,
    bodyBytes: parseSize(body ?? defaults.record.body) ?? 0,
    mostBytes: parseSize(limit ?? defaults.record.limit) ?? 0,
    redact: redact ?? [],
  }
}
