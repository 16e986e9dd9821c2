// Finds the sentence in a refusal that its provider wrote for people. Pure.
import type { Answer } from './answer.ts'
import { isJsonObject } from './json.ts'
import { plainText } from './plain-text.ts'

const MAX_MESSAGE = 300
const MESSAGE_FIELDS = ['message', 'detail', 'error_description', 'error', 'title'] as const

/** Plain text of at most 300 characters; absent when there is none, or it is markup. */
export function refusalMessage(answer: Answer): string | undefined {
  const message = isJsonObject(answer.document) ? messageIn(answer.document) : shortText(answer)
  return message === undefined || /<[a-z!/]/i.test(message) ? undefined : message
}

function messageIn(document: Record<string, unknown>): string | undefined {
  for (const field of MESSAGE_FIELDS) {
    if (!Object.hasOwn(document, field)) continue
    const value = document[field]
    const one = Array.isArray(value) ? value[0] : isJsonObject(value) ? value.message : value
    const message = plainText(one, MAX_MESSAGE)
    if (message !== undefined) return message
  }
  return undefined
}

/** A long text is a stack trace or a page, not a sentence. */
function shortText({ contentType = '', text = '' }: Answer): string | undefined {
  if (!/^text\/plain\b/i.test(contentType) || text.length > MAX_MESSAGE) return undefined
  return plainText(text, MAX_MESSAGE)
}
