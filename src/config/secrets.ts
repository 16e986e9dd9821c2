// The cookie keys: 32 bytes each, from the configuration or made once on one's own machine.
import { hkdfSync } from 'node:crypto'
import { relative, resolve } from 'node:path'
import type { Context } from './context.ts'
import { openKeyFile } from './key-file.ts'
import type { ConfigFile } from './schema.ts'

const KEY_BYTES = 32
const SECRET_CHARACTERS = 32
const LABEL = 'coatcheck cookie'
export const KEY_FILE = 'data/coatcheck.keys'

/** The written keys, newest first, then the one derived from the secret; empty when none is written. */
export function writtenKeys(file: ConfigFile, { problems }: Context): Buffer[] {
  const { keys = [], secret = '' } = file.cookie ?? {}
  const ring = readKeys(typeof keys === 'string' ? keys : keys.join(','))
  if (ring.complaint !== undefined) problems.add(['cookie', 'keys'], ring.complaint)
  if (secret === '') return ring.keys
  if (secret.length < SECRET_CHARACTERS) {
    const message = `must have at least ${SECRET_CHARACTERS} characters`
    problems.add(['cookie', 'secret'], message)
  }
  return [...ring.keys, Buffer.from(hkdfSync('sha256', secret, '', LABEL, KEY_BYTES))]
}

export interface OwnKeys {
  /** True: missing keys are written to `KEY_FILE`; false: keys that live as long as this process. */
  readonly create: boolean
  announce(line: string): void
}

/** Keys for one's own machine: read from `KEY_FILE`, or made. Empty where that is a problem. */
export async function ownKeys(context: Context, { create, announce }: OwnKeys): Promise<Buffer[]> {
  const path = resolve(context.cwd, KEY_FILE)
  const fresh = context.random(KEY_BYTES).toString('base64url')
  const found = await openKeyFile(path, create ? fresh : undefined, context.random)
  const shown = relative(context.cwd, path)
  if (found.kind === 'failed') {
    context.problems.addAt({ name: shown }, `${found.why}: set COATCHECK_KEYS instead`)
    return []
  }
  if (found.kind === 'absent') return [Buffer.from(fresh, 'base64url')]
  if (found.kind === 'made') announce(`made a cookie key in ${shown}, for this machine only`)
  if (found.kind === 'read' && found.exposed) {
    context.warn(`${shown} can be read by other users of this machine; chmod 600 ${shown}`)
  }
  const { keys, complaint } = readKeys(found.text)
  if (complaint !== undefined || keys.length === 0) {
    context.problems.addAt(
      { name: shown },
      `${complaint ?? 'holds no key'} (delete it to start afresh)`,
    )
  }
  return keys
}

/** Names faulty keys by their place in the list, never by what they are. */
function readKeys(text: string): { keys: Buffer[]; complaint?: string } {
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  const keys = words.map((word) => Buffer.from(word, 'base64url'))
  for (const [index, key] of keys.entries()) {
    const nth = `key ${index + 1} of ${keys.length}`
    const mend = 'make one with "coatcheck keygen"'
    if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(words[index] ?? '')) {
      return { keys, complaint: `${nth} is not base64url: ${mend}` }
    }
    if (key.length !== KEY_BYTES) {
      return { keys, complaint: `${nth} has ${key.length} bytes, not ${KEY_BYTES}: ${mend}` }
    }
    if (keys.findIndex((other) => other.equals(key)) < index) {
      return { keys, complaint: `${nth} is there twice` }
    }
  }
  return { keys }
}
