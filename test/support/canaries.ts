// Secrets that are planted before a run and looked for everywhere after it: whole, in part, and in the usual codings.

export interface Canaries {
  /** `secret`: text of 16 characters at least, or as many bytes. */
  plant(name: string, secret: string | Uint8Array): void
  /** Names of all whose secret, or 16 characters in a row of it, is in there, each once. */
  find(where: string | Uint8Array): string[]
  /** How many have been planted. */
  readonly size: number
}

/** Long enough not to be there by chance, short enough to find a secret that was cut. */
const WINDOW = 16

export function createCanaries(): Canaries {
  const names = new Set<string>()
  const windows = new Map<string, string>()

  function remember(name: string, text: string): void {
    for (let at = 0; at + WINDOW <= text.length; at++) {
      windows.set(text.slice(at, at + WINDOW), name)
    }
  }

  return {
    plant(name, secret) {
      if (secret.length < WINDOW) throw new Error(`${name} is too short to be looked for`)
      names.add(name)
      const bytes = Buffer.from(secret)
      for (const text of [...spellings(bytes), ...partsOf(secret)]) remember(name, text)
    },
    find(where) {
      const text = Buffer.from(where).toString('latin1')
      const found = new Set<string>()
      for (let at = 0; at + WINDOW <= text.length; at++) {
        const name = windows.get(text.slice(at, at + WINDOW))
        if (name !== undefined) found.add(name)
      }
      return [...found]
    },
    get size() {
      return names.size
    },
  }
}

/** As latin1 text, which is how any sink is read. */
function spellings(bytes: Buffer): string[] {
  const text = bytes.toString('latin1')
  const escaped = JSON.stringify(text).slice(1, -1)
  // Base64 of something that contains the secret shows it in one of three ways.
  const shifted = [0, 1, 2].flatMap((shift) => {
    const inside = Buffer.concat([Buffer.alloc(shift), bytes])
    const from = shift === 0 ? 0 : 4
    return [inside.toString('base64').slice(from, -4), inside.toString('base64url').slice(from, -4)]
  })
  return [
    text,
    escaped,
    encodeURIComponent(text),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    [...text].reverse().join(''),
    ...shifted,
  ]
}

/** What a JWT's payload says in clear would be found too. */
function partsOf(secret: string | Uint8Array): string[] {
  const payload =
    typeof secret === 'string' ? /^eyJ[\w-]+\.([\w-]+)\./.exec(secret)?.[1] : undefined
  return payload === undefined ? [] : [Buffer.from(payload, 'base64url').toString('latin1')]
}
