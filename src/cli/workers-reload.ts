// The configuration anew, without a pause: all workers have it, or all keep the one they have.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { CommandIo } from './io.ts'
import { type ConfigFlags, configFrom } from './options.ts'
import type { Crew } from './workers-crew.ts'

export interface Reloading {
  /** Reads the configuration and replaces all workers; asked again meanwhile, it does so once more. */
  reload(): void
  /**
   * Whether a worker started at this moment would be like the others. A configuration that has changed to another good
   * one is taken over by all; resolves to false while it is not usable.
   */
  mayReplace(): Promise<boolean>
}

export interface ReloadingOptions {
  /** What the workers run on. */
  readonly config: Config
  readonly flags: ConfigFlags
  readonly io: CommandIo
  readonly log: Logger
  readonly crew: Pick<Crew, 'roll'>
}

type Read = { readonly config: Config } | { readonly why: string }

export function createReloading({ config, flags, io, log, crew }: ReloadingOptions): Reloading {
  let print = printOf(config)
  let rolling = false
  let again = false
  let told = ''

  async function read(): Promise<Read> {
    const lines: string[] = []
    const quiet = { ...io, stderr: (text: string) => void lines.push(text), exit: () => {} }
    const found = await configFrom(flags, quiet, { createKeys: true })
    if (!found) return { why: firstOf(lines) }
    for (const name of ['listen', 'operators'] as const) {
      if (!isSame(found[name], config[name])) return { why: `${name} changes at a restart only` }
    }
    return { config: found }
  }

  async function roll(): Promise<void> {
    for (again = true; again; ) {
      again = false
      const found = await read()
      if ('why' in found) {
        log.error({ event: 'reload_refused' }, `nothing has changed: ${found.why}`)
        continue
      }
      print = printOf(found.config)
      const { workers } = found.config
      log.info({ event: 'reloading', workers }, 'replacing the workers one after another')
      if (await crew.roll(workers)) log.info({ event: 'reloaded', workers }, 'all are replaced')
      else log.error({ event: 'reload_refused' }, 'a new worker did not start; the others stay')
    }
  }

  function reload(): void {
    again = true
    if (rolling) return
    rolling = true
    roll()
      .catch((error) => log.error({ event: 'reload_refused', err: error }, 'failed'))
      .finally(() => {
        rolling = false
      })
  }

  return {
    reload,
    async mayReplace() {
      const found = await read()
      if ('why' in found) {
        if (told !== found.why) {
          log.error({ event: 'worker_waits' }, `a worker that ended is not replaced: ${found.why}`)
        }
        told = found.why
        return false
      }
      told = ''
      if (printOf(found.config) !== print) reload()
      return true
    },
  }
}

/** Says whether two configurations are the same without being kept like one. */
function printOf({ warnings: _, ...config }: Config): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('base64url')
}

function isSame(a: Config['listen'] | Config['operators'], b: typeof a): boolean {
  const token = (of: typeof a) => (of && 'token' in of ? of.token?.reveal() : undefined)
  return isDeepStrictEqual({ ...a, token: token(a) }, { ...b, token: token(b) })
}

function firstOf([first = 'the configuration cannot be used', ...others]: readonly string[]) {
  return others.length === 0 ? first.trim() : `${first.trim()} (and ${others.length} more)`
}
