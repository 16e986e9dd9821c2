// What a report may show of a replayed call: redacted, bounded, the foreign part marked. Pure.
import type { TextRedactor } from '../record/redact-text.ts'
import type { Mark, Message, RunCall } from '../run.ts'
import type { RecordedCall } from './recorded-call.ts'
import type { SentAnswer } from './sent-answer.ts'

/** As `Message.body` promises. */
const MOST = 4096

export interface Shown {
  readonly texts: TextRedactor
  readonly persona: string
  /** The value that gives somebody else away, and who that is. */
  readonly foreign: string | undefined
  readonly owner: string | undefined
}

export function messageOf(
  call: RecordedCall,
  answer: SentAnswer,
  { texts, persona, foreign, owner }: Shown,
): Pick<RunCall, 'request' | 'response' | 'marks'> {
  const type = valueIn(answer.headers, 'content-type')
  const response: Message = {
    headers: answer.headers.map((one, at) =>
      at % 2 === 0 ? one : shownValue(answer.headers[at - 1] ?? '', one, texts, persona),
    ),
    ...bounded(texts.body(answer.body, type, persona, answer.cut) ?? '', answer.cut),
  }
  return {
    // As it was recorded, which is without secrets.
    request: { headers: call.headers, ...bounded(call.body ?? '', call.bodyCut) },
    response,
    ...(foreign === undefined || owner === undefined
      ? {}
      : { marks: marksOf(response, foreign, owner) }),
  }
}

function bounded(text: string, cut: boolean): { body: string; cut: boolean } {
  return { body: text.slice(0, MOST), cut: cut || text.length > MOST }
}

function shownValue(name: string, value: string, texts: TextRedactor, persona: string): string {
  if (name === 'set-cookie') return `{{${persona}.cookie}}`
  return texts.isSecretName(name) ? '{{hidden}}' : texts.url(value, persona)
}

function marksOf({ headers, body }: Message, foreign: string, owner: string): Mark[] {
  const quoted = body.indexOf(JSON.stringify(foreign))
  const at = quoted === -1 ? body.indexOf(foreign) : quoted + 1
  if (at !== -1) return [{ owner, in: 'body', at, length: foreign.length }]
  return headers.includes(foreign) ? [{ owner, in: 'header', at: 0, length: foreign.length }] : []
}

function valueIn(flat: readonly string[], name: string): string {
  const at = flat.findIndex((one, index) => index % 2 === 0 && one === name)
  return at === -1 ? '' : (flat[at + 1] ?? '')
}
