// Bodies as an entry has them: without secrets, as JSON, and remembered where they come again.
import { headerOf } from '../../lib/flat-headers.ts'
import type { SeenBody } from '../../proxy/observe.ts'
import { plainOf } from './plain-body.ts'
import type { TextRedactor } from './redact-text.ts'
import type { SecretBook } from './secret-book.ts'
import type { Typed } from './typed-fields.ts'
import { createWrittenBodies, type Written } from './written-bodies.ts'

/** `type`: as JSON. */
export type WrittenBody = Written<{ readonly type: string; readonly cut: boolean }>

/**
 * `flat`: its headers; `key`: what is asked again, undefined of what is not remembered; `typed`: what is hidden in this
 * body besides.
 */
export type BodyOf = (
  body: SeenBody,
  flat: readonly string[],
  who: string,
  key: string | undefined,
  typed?: Typed,
) => WrittenBody

/** Content types that are remembered as they are written. */
const MOST_TYPES = 4096
/** Shorter ones are looked through as fast as they are compared. */
const LEAST_REMEMBERED = 512
/** Of bodies that are remembered as they came and as they are written. */
const MOST_BODY_BYTES = 16 * 1024 * 1024

/** `bodyBytes`: of longer bodies the beginning is written. */
export function createEntryBodies(
  book: SecretBook,
  texts: TextRedactor,
  bodyBytes: number,
): BodyOf {
  const written = createWrittenBodies<WrittenBody['about']>(MOST_BODY_BYTES)
  const plainTypes = new Set<string>()
  /** What was harmless before may be known as a secret. */
  let typesLearned = 0

  function typeOf(type: string, who: string): string {
    if (typesLearned !== book.learned) plainTypes.clear()
    typesLearned = book.learned
    if (type === '' || plainTypes.has(type)) return type
    const shown = texts.inside(type, who)
    if (shown === type && type.length < 128 && plainTypes.size < MOST_TYPES) plainTypes.add(type)
    return shown
  }

  return ({ bytes, size }, flat, who, key, typed = []) => {
    const type = headerOf(flat, 'content-type') ?? ''
    const coding = headerOf(flat, 'content-encoding')
    const body = { bytes, size, type, coding }
    const again = bytes.length < LEAST_REMEMBERED ? undefined : key
    const before = again && written.find(again, body, book.learned)
    if (before) return before
    const cut = size > bodyBytes
    const plain = plainOf(bytes, coding, { type, cut, bodyBytes })
    const safe = plain && texts.body(plain, type, who, cut)
    const text = safe && book.replaceThese(safe, typed)
    const result: WrittenBody = {
      about: { type: JSON.stringify(typeOf(type, who)), cut },
      json: text === undefined ? undefined : JSON.stringify(text),
    }
    if (again) written.keep(again, body, book.learned, result)
    return result
  }
}
