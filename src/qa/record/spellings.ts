// How a secret may be written inside of something else, besides what `unescaped` puts back. Pure.

/** As it is first; each once. `+` is a space in a form (WHATWG URL, 5); some systems take their accents off letters. */
export function plainSpellings(secret: string): string[] {
  const forms = [secret, secret.normalize('NFC'), secret.normalize('NFD')]
  return [
    ...new Set([
      ...forms,
      secret.toWellFormed(),
      ...forms.map((form) => form.toUpperCase()),
      secret.replaceAll(' ', '+'),
    ]),
  ]
}

/** In small letters, where a secret is told from other words in any case too: letters alone are not. */
export function anyCase(secret: string): string | undefined {
  return secret.length < LEAST_ANY_CASE || /^\p{L}*$/u.test(secret)
    ? undefined
    : secret.toLowerCase()
}
const LEAST_ANY_CASE = 8

/** Its bytes as hex, in any case; undefined where that is short enough to be a number. */
export function hexSpelling(secret: string): string | undefined {
  return secret.length < 6 ? undefined : Buffer.from(secret.toWellFormed()).toString('hex')
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

/** A longer word would be compared from end to end at every place that begins as it does. */
const LONGEST = 256

/** What of `value` is remembered as one each: of about one length, long enough to be found by itself. */
export function piecesOf(value: string): string[] {
  const many = Math.ceil(value.length / LONGEST)
  const cut = (nth: number) => Math.floor((nth * value.length) / many)
  return Array.from({ length: many }, (_, nth) => value.slice(cut(nth), cut(nth + 1)))
}
