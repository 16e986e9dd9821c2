// Are the cookie keys there, hard to guess, and nobody else's to read? Says which, never what they are.
import { type Finding, findingsOf } from './finding.ts'

export interface KeyFacts {
  readonly keys: readonly Uint8Array[]
  /** True: none is written, and those in `keys` were made for this one look. */
  readonly absent: boolean
  /** Where the first start makes them. */
  readonly keyFile: string
  /** The secret that a key is derived from, where a variable holds it. */
  readonly secret: string | undefined
  /** Files that hold secrets. */
  readonly files: readonly { readonly path: string; readonly mode: number }[]
}

const MEND = 'make one with "coatcheck keygen"'
/** Of 32 random bytes fewer differ once in billions of keys. */
const LEAST_DIFFERENT = 16
const LEAST_CHARACTERS = 12

export function judgeKeys({ keys, absent, keyFile, secret, files }: KeyFacts): Finding[] {
  const { ok, warning, problem } = findingsOf('keys')
  const exposed = files
    .filter(({ mode }) => (mode & 0o044) !== 0)
    .map(({ path }) =>
      warning(`${path} can be read by other users of this machine: chmod 600 ${path}`),
    )
  if (absent) return [ok(`none is written: the first start makes one in ${keyFile}`), ...exposed]
  const weak = keys.flatMap((key, index) => {
    const why = weakness(key)
    const nth = keys.length === 1 ? 'the cookie key' : `cookie key ${index + 1} of ${keys.length}`
    return why === undefined ? [] : [problem(`${nth} ${why}, so it can be guessed: ${MEND}`)]
  })
  if (secret !== undefined && isGuessable(secret)) {
    weak.push(
      problem(
        'COATCHECK_SECRET is no random text, so it can be guessed: set it to what "openssl rand -hex 32" prints',
      ),
    )
  }
  if (weak.length > 0) return [...weak, ...exposed]
  const all = keys.length === 1 ? '1 key' : `${keys.length} keys: the first seals, all open`
  return [ok(all), ...exposed]
}

function weakness(key: Uint8Array): string | undefined {
  if (new Set(key).size < LEAST_DIFFERENT) return 'repeats itself'
  const steps = new Set(key.subarray(1).map((byte, index) => byte - (key[index] ?? 0)))
  if (steps.size <= 2) return 'only counts'
  return key.every((byte) => byte >= 0x20 && byte < 0x7f) ? 'is typed text' : undefined
}

function isGuessable(secret: string): boolean {
  if (new Set(secret).size < LEAST_CHARACTERS) return true
  return /change.?me|change.?it|example|secret|password|passphrase/i.test(secret)
}
