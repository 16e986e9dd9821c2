// The demo's upstream, whose tokens outlive a restart as a real one's would.
import { relative, resolve } from 'node:path'
import { openKeyFile } from '../config/key-file.ts'
import { systemClock } from '../lib/clock.ts'
import { type Random, systemRandom } from '../lib/random.ts'

/** Short, so that renewals can be watched. */
const ACCESS_MS = 30_000
/** Long enough to watch the page wait. */
const SLOW_MS = 5_000
const KEY_FILE = 'data/demo-upstream.key'
const KEY_BYTES = 32

export type OpenedUpstream =
  | {
      readonly url: string
      /** The bug, to be looked at: see `OneJarTrial`. */
      readonly oneJarUrl: string
      /** Mails with links, and who checks them: see `DemoMail`. */
      readonly mailUrl: string
      readonly close: () => Promise<void>
    }
  | { readonly why: string }

/** Its signing key is kept in `data`, below `cwd`. */
export async function openUpstream(cwd: string): Promise<OpenedUpstream> {
  const path = resolve(cwd, KEY_FILE)
  const fresh = systemRandom(KEY_BYTES).toString('base64url')
  const file = await openKeyFile(path, fresh, systemRandom)
  const shown = relative(cwd, path)
  if (file.kind === 'failed') return { why: `${shown} ${file.why}.` }
  const key = Buffer.from(file.kind === 'absent' ? fresh : file.text.trim(), 'base64url')
  if (key.length !== KEY_BYTES) return { why: `${shown} is damaged: delete it.` }

  // Code for trials stays out of the other commands.
  const { openDemoUpstream } = await import('../qa/demo-upstream.ts')
  const { openOneJarTrial } = await import('../qa/one-jar-trial.ts')
  const { openDemoMail } = await import('../qa/demo-mail.ts')
  // Of what it draws, only the signing key has this length.
  const random: Random = (size) => (size === KEY_BYTES ? key : systemRandom(size))
  const upstream = await openDemoUpstream({ clock: systemClock, random, accessMs: ACCESS_MS })
  const trial = await openOneJarTrial({ clock: systemClock, random: systemRandom })
  const around = { clock: systemClock, random: systemRandom, upstream: upstream.url }
  const mail = await openDemoMail({ ...around, slowMs: SLOW_MS })
  return {
    url: upstream.url,
    oneJarUrl: trial.url,
    mailUrl: mail.url,
    async close() {
      await mail.close()
      await trial.close()
      await upstream.close()
    },
  }
}
