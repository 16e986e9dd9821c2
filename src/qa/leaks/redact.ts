// What may be kept of a message: no secret, no more than its bound, and the places of what belongs to others. Pure.
import { headerOf } from '../../lib/flat-headers.ts'
import { HIDDEN } from '../record/label.ts'
import { createTextRedactor } from '../record/redact-text.ts'
import { createSecretBook } from '../record/secret-book.ts'
import { isSecretName } from '../record/secret-names.ts'
import type { Mark, Message } from '../run.ts'
import { plainName } from './hops.ts'
import { type Hit, isStrong, type Marker, type Markers } from './markers.ts'

/** As `Message.body` promises. */
const MOST = 4096
/** Of a body that is looked at: labels may be shorter than what they stand for. */
const LOOKED = 4 * MOST
const MOST_OF_HEADER = 1024

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

/** Marks who it is of in the course of redaction: one label may stand for several secrets. */
const NUMBERED = /\{\{[^{}#]{1,300}#(\d+)\}\}/g

export function createRedactor(markers: Markers): Redactor {
  const book = createSecretBook()
  const numbered: Marker[] = []
  const texts = createTextRedactor(book, [], {
    keepRandom: true,
    hide: (_persona, _name, value) => labelsIn(texts.text(value)) ?? HIDDEN,
  })

  function learn(): void {
    for (const marker of markers.secrets.slice(numbered.length)) {
      const label = marker.label?.replaceAll(/[{}#]/g, '') ?? ''
      book.add(marker.text, `{{${label}#${numbered.length}}}`, isStrong(marker))
      numbered.push(marker)
    }
  }

  /** `text` is redacted but for the numbers in its labels. */
  function kept(text: string, most: number): Kept {
    const hits: Hit[] = []
    let out = ''
    const append = (piece: string) => {
      let from = 0
      const start = out.length
      let shown = ''
      for (const hit of markers.scan(piece)) {
        const own = piece.slice(hit.at, hit.at + hit.length)
        const instead = hit.marker.label ?? own
        shown += piece.slice(from, hit.at)
        hits.push({ ...hit, at: start + shown.length, length: instead.length })
        shown += instead
        from = hit.at + hit.length
      }
      out += shown + piece.slice(from)
    }
    let from = 0
    for (const found of text.matchAll(NUMBERED)) {
      append(text.slice(from, found.index))
      const marker = numbered[Number(found[1])]
      const label = marker?.label ?? HIDDEN
      if (marker) hits.push({ at: out.length, length: label.length, marker })
      out += label
      from = found.index + found[0].length
    }
    append(text.slice(from))
    const whole = hits.filter(({ at, length }) => at + length <= most)
    return { text: out.slice(0, most), cut: out.length > most, hits: whole }
  }

  function header(name: string, value: string): string {
    if (name === 'set-cookie') {
      const [, pair = '', rest = ''] = /^([^;]*)(.*)$/s.exec(value) ?? []
      return cookie(pair) + texts.inside(rest, '')
    }
    if (name === 'cookie') return value.split(';').map(cookie).join(';')
    if (isSecretName(name)) {
      const scheme = /^[A-Za-z]{1,16} /.exec(value)?.[0] ?? ''
      const known = labelsIn(texts.text(value))
      return known === undefined ? HIDDEN : scheme + known
    }
    return ADDRESSES.has(name) ? texts.url(value, '') : texts.inside(value, '')
  }

  /** A cookie that nobody was known to have is a secret all the same, with or without a name. */
  function cookie(pair: string): string {
    const at = pair.indexOf('=')
    const value = texts.text(pair.slice(at + 1))
    const known = labelsIn(value) ?? namesIn(value)
    return pair.slice(0, at + 1) + (known ?? '{{a cookie}}')
  }

  function namesIn(text: string): string | undefined {
    const names = markers.scan(text).map(({ at, length }) => text.slice(at, at + length))
    return names.length > 0 ? names.join(' ') : undefined
  }

  return {
    redact(text, most = MOST) {
      learn()
      return kept(texts.inside(text, ''), most)
    },
    keep({ headers, body, cut = false }, foreign) {
      learn()
      const marks: Mark[] = []
      const shown: string[] = []
      for (let at = 0; at < headers.length; at += 2) {
        const name = headers[at] ?? ''
        const plain = plainName(name)
        const value = kept(header(plain, headers[at + 1] ?? ''), MOST_OF_HEADER)
        shown.push(name, value.text)
        const where = plain === 'set-cookie' ? 'set-cookie' : 'header'
        for (const mark of marksOf(value.hits.filter(foreign), where))
          marks.push({ ...mark, header: shown.length - 1 })
      }
      const short = body.slice(0, LOOKED)
      const isCut = cut || short.length < body.length
      const type = headerOf(headers, 'content-type') ?? ''
      const text = texts.body(short, type, '', isCut) ?? texts.inside(short, '')
      const whole = kept(text, MOST)
      marks.push(...marksOf(whole.hits.filter(foreign), 'body'))
      return { message: { headers: shown, body: whole.text, cut: isCut || whole.cut }, marks }
    },
  }
}

const ADDRESSES: ReadonlySet<string> = new Set(['location', 'content-location', 'referer'])

/** The known secrets of what stands where a secret stands. */
function labelsIn(redacted: string): string | undefined {
  return redacted.match(NUMBERED)?.join(' ')
}

function marksOf(hits: readonly Hit[], where: Mark['in']): Mark[] {
  return hits.map(({ at, length, marker }) => ({ owner: marker.owner, in: where, at, length }))
}

/** An address as it may be shown. */
export function shownAddress(address: string): string {
  const options = { keepRandom: true, hide: () => HIDDEN }
  return address.includes('?') || address.includes('=')
    ? createTextRedactor(createSecretBook(), [], options).url(address, '')
    : address
}
