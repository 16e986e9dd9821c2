// How a secret may be written inside of something else: JSON, an address, base64. Pure.

/** As it is first; each once. */
export function plainSpellings(secret: string): string[] {
  const whole = secret.toWellFormed()
  const json = JSON.stringify(whole).slice(1, -1)
  const uri = encodeURIComponent(whole)
  return [...new Set([secret, secret.toUpperCase(), json, JSON.stringify(json).slice(1, -1), uri])]
}

/** Shorter pieces stand everywhere by chance. */
const LEAST = 7

/**
 * What a base64 of any text with `secret` in it holds (RFC 4648, 4 and 5): three bytes make four letters, so there are
 * three, each without the letters that depend on what stands beside it.
 */
export function base64Spellings(secret: string): string[] {
  const bytes = Buffer.from(secret.toWellFormed())
  const all = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const first = Math.ceil((before * 8) / 6)
    const end = Math.floor(((before + bytes.length) * 8) / 6)
    const core = text.slice(first, end)
    return core.length < LEAST ? [] : [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
  return [...new Set(all)]
}
