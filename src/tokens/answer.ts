// What a provider answered, read once: bytes, JSON, headers, cookies. Pure.
import { readJson } from './json.ts'

export interface Answer {
  readonly status: number
  readonly contentType: string | undefined
  /** As sent; empty where it could not be read. */
  readonly body: Uint8Array
  /** Absent when the body is no UTF-8. */
  readonly text: string | undefined
  /** What the JSON body says; `undefined` when it is no JSON, whatever the content type claims. */
  readonly document: unknown
  /** By name in lower case. */
  readonly headers: AnswerHeaders
  /** The cookies it sets and does not clear at once, values as sent. */
  readonly cookies: ReadonlyMap<string, string>
  /** Why the body was not read; absent when it was. */
  readonly unread?: string
}

export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

export function createAnswer(
  status: number,
  headers: AnswerHeaders,
  cookies: ReadonlyMap<string, string>,
  read: { readonly body: Uint8Array } | { readonly unread: string },
): Answer {
  const body = 'body' in read ? read.body : new Uint8Array(0)
  const text = textOf(body)
  return {
    status,
    contentType: headerOf(headers, 'content-type'),
    body,
    text,
    document: text === undefined ? undefined : readJson(text),
    headers,
    cookies,
    ...('unread' in read ? { unread: read.unread } : {}),
  }
}

/** The first non-empty value of that header. */
export function headerOf(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()]
  return (Array.isArray(value) ? value : [value]).find((one) => one !== undefined && one !== '')
}

/** True for a page meant for people. JSON under an HTML content type, as some PHP programs send it, is JSON. */
export function isHtml(answer: Answer): boolean {
  if (answer.document !== undefined) return false
  return /html/i.test(answer.contentType ?? '') || /^\s*</.test(answer.text ?? '')
}

/** Why nothing can be read from an answer that is no refusal; absent when it can. */
export function unreadProblem(answer: Answer): string | undefined {
  if (answer.status < 200 || answer.status > 299) {
    return `it is a redirect (${answer.status}), and those are not followed`
  }
  return answer.unread ?? (isHtml(answer) ? 'it is an HTML page' : undefined)
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}
