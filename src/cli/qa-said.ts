// What another side says of itself in a JSON answer, fit to be shown: one line, no steering of the terminal. Pure.
import { printable } from '../lib/printable.ts'
import { isJsonObject, readJson } from '../tokens/json.ts'

export interface Said {
  /** The gateway's own problem code. */
  readonly code?: string
  /** Without the full stop. */
  readonly words?: string
}

const MOST = 300

/** Empty where the text is no JSON object, or says nothing in words. */
export function saidIn(text: string): Said {
  const body = readJson(text)
  if (!isJsonObject(body)) return {}
  const { code, detail, message } = body
  const words = detail ?? message
  return {
    ...(typeof code === 'string' ? { code: printable(code.slice(0, MOST)) } : {}),
    ...(typeof words === 'string' ? { words: oneLine(words) } : {}),
  }
}

function oneLine(words: string): string {
  const line = words.slice(0, MOST).replaceAll(/\s+/g, ' ').trim()
  return printable(line).replace(/\.$/, '')
}
