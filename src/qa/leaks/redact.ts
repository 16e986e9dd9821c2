// What may be kept of a message: no secret, no more than its bound, and the places of what belongs to others. Pure.
import type { Mark, Message } from '../run.ts'
import type { Hit, Markers } from './markers.ts'

/** As `Message.body` promises. */
const MOST = 4096

export interface Kept {
  readonly text: string
  readonly cut: boolean
  /** In `text`. */
  readonly hits: readonly Hit[]
}

export interface Redactor {
  /** `text` with every known secret replaced by its label, at most `most` characters. */
  redact(text: string, most?: number): Kept
  /** Headers and body of an answer or a request, and what of it belongs to others than `user`. */
  keep(
    message: { headers: readonly string[]; body: string; cut?: boolean },
    foreign: (hit: Hit) => boolean,
  ): { message: Message; marks: Mark[] }
}

export function createRedactor(markers: Markers): Redactor {
  function redact(text: string, most = MOST): Kept {
    let out = ''
    let from = 0
    const hits: Hit[] = []
    for (const hit of markers.scan(text)) {
      out += withoutTokens(text.slice(from, hit.at))
      const shown = hit.marker.label ?? text.slice(hit.at, hit.at + hit.length)
      hits.push({ at: out.length, length: shown.length, marker: hit.marker })
      out += shown
      from = hit.at + hit.length
    }
    out += withoutTokens(text.slice(from))
    const kept = hits.filter(({ at, length }) => at + length <= most)
    return { text: out.slice(0, most), cut: out.length > most, hits: kept }
  }

  return {
    redact,
    keep({ headers, body, cut = false }, foreign) {
      const marks: Mark[] = []
      const shown: string[] = []
      for (let at = 0; at < headers.length; at += 2) {
        const name = headers[at] ?? ''
        const value = redact(headers[at + 1] ?? '', 1024)
        shown.push(name, hidden(name, value.text, value.hits.length > 0))
        const where = name === 'set-cookie' ? 'set-cookie' : 'header'
        for (const mark of marksOf(value.hits.filter(foreign), where))
          marks.push({ ...mark, header: shown.length - 1 })
      }
      const kept = redact(body)
      marks.push(...marksOf(kept.hits.filter(foreign), 'body'))
      return { message: { headers: shown, body: kept.text, cut: cut || kept.cut }, marks }
    },
  }
}

function marksOf(hits: readonly Hit[], where: Mark['in']): Mark[] {
  return hits.map(({ at, length, marker }) => ({ owner: marker.owner, in: where, at, length }))
}

/** A cookie or credential that nobody was known to have is a secret all the same. */
function hidden(name: string, value: string, known: boolean): string {
  if (known) return value
  if (name === 'set-cookie') return value.replace(/^([^=;]*)=[^;]+/, '$1={{a cookie}}')
  return /^(cookie|authorization|proxy-authorization)$|token|secret|api-?key/.test(name)
    ? '{{hidden}}'
    : value
}

/** Whatever looks like a JWT (RFC 7519), or says of itself that it is a secret, and is nobody's yet. */
function withoutTokens(text: string): string {
  return text
    .replaceAll(/eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, '{{a token}}')
    .replaceAll(/("\w*(?:token|secret|password|api_?key)\w*"\s*:\s*")[^"{]+"/gi, '$1{{hidden}}"')
}
