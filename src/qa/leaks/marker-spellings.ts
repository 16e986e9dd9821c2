// How a text may be written: as it is, in JSON, in HTML and in an address. Pure.

/** What is a mail address as a whole. */
export const MAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/

/** How an address has its `@`: as it is, in JSON, in HTML, and in another address. */
export const AT_SIGNS: readonly string[] = ['@', '\\u0040', '&#64;', '&#x40;', '%40']

/** As it is, and as it stands in a JSON string or an address. */
export function spellings(written: string): Set<string> {
  const text = written.toWellFormed()
  const json = JSON.stringify(text).slice(1, -1)
  const ascii = json.replaceAll(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  const address = encodeURIComponent(text)
  const small = address.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
  const mails = MAIL.test(text) ? AT_SIGNS.map((at) => text.replace('@', at)) : []
  return new Set([written, json, ascii, address, small, ...mails])
}
