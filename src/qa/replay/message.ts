// What a report may show of a replayed call: redacted, bounded, the foreign part marked. Pure.
import { headerOf } from '../../lib/flat-headers.ts'
import { HIDDEN } from '../record/label.ts'
import type { TextRedactor } from '../record/redact-text.ts'
import { type Mark, type Message, NOBODY, type RunCall } from '../run.ts'
import type { OwnerRule } from './owner.ts'
import type { RecordedCall } from './recorded-call.ts'
import type { SentAnswer } from './sender.ts'

/** As `Message.body` promises. */
const MOST = 4096

/** The value that gives somebody else away, where it stood, and who that is. */
export interface Foreign {
  readonly value: string
  readonly rule: OwnerRule
  readonly owner: string
}

export function messageOf(
  call: RecordedCall,
  answer: SentAnswer,
  texts: TextRedactor,
  foreign: Foreign | undefined,
): Pick<RunCall, 'request' | 'response' | 'marks'> {
  const { persona = NOBODY } = call
  const type = headerOf(answer.headers, 'content-type') ?? ''
  const headers = answer.headers.map((one, at) =>
    at % 2 === 0 ? one : shownValue(answer.headers[at - 1] ?? '', one, texts, persona),
  )
  const shown = texts.body(answer.body, type, persona, answer.cut) ?? ''
  const response = keptMessage(headers, shown, answer.cut)
  const marks = foreign ? marksOf(response, foreign) : []
  return {
    // As it was recorded, which is without secrets.
    request: keptMessage(call.headers, call.body ?? '', call.bodyCut),
    response,
    ...(marks.length > 0 && { marks }),
  }
}

/** Of what is redacted already. */
export function keptMessage(headers: readonly string[], text: string, cut: boolean): Message {
  return { headers, body: text.slice(0, MOST), cut: cut || text.length > MOST }
}

function shownValue(name: string, value: string, texts: TextRedactor, persona: string): string {
  if (name === 'set-cookie') return `{{${persona}.cookie}}`
  return texts.isSecretName(name) ? HIDDEN : texts.url(value, persona)
}

/** None where the value is a secret, and so is not shown. */
export function marksOf({ headers, body }: Message, { value, rule, owner }: Foreign): Mark[] {
  const { length } = value
  if ('header' in rule) {
    const name = headers.findIndex((one, at) => at % 2 === 0 && one === rule.header)
    const at = headers[name + 1]?.indexOf(value) ?? -1
    return name === -1 || at === -1 ? [] : [{ owner, in: 'header', header: name + 1, at, length }]
  }
  const quoted = body.indexOf(JSON.stringify(value))
  const at = quoted === -1 ? body.indexOf(value) : quoted + 1
  return at === -1 ? [] : [{ owner, in: 'body', at, length }]
}
