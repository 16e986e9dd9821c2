// One request in one browser: its cookies go along, and those it is given are kept.
import type { Browser } from './browsers.ts'
import type { RecordedCall } from './recorded-call.ts'
import { headersToSend } from './request-headers.ts'
import type { Sender, SentAnswer } from './sender.ts'

export type Asked = Pick<RecordedCall, 'method' | 'path' | 'headers' | 'body' | 'leftAfterMs'>

/** Never rejects. */
export type Exchange = (browser: Browser, persona: string, asked: Asked) => Promise<SentAnswer>

/** `given` hears of every Set-Cookie. */
export function createExchange(
  target: string,
  sender: Sender,
  given: (persona: string, setCookie: string) => void,
): Exchange {
  return async ({ jar }, persona, asked) => {
    const { method, path, body, leftAfterMs } = asked
    const headers = headersToSend(asked, target)
    const url = target + path
    // Not the header that the jar remembers for each address: there are as many as calls.
    const cookie = jar
      .pairs(url)
      .map((pair) => pair.join('='))
      .join('; ')
    const answer = await sender.send(persona, {
      method,
      path,
      headers: cookie === '' ? headers : { ...headers, cookie },
      body,
      leaveAfterMs: leftAfterMs,
    })
    const lines = answer.headers.filter(
      (_, at) => at % 2 === 1 && answer.headers[at - 1] === 'set-cookie',
    )
    for (const line of lines) given(persona, line)
    jar.take(lines, url)
    return answer
  }
}

/** A call of the replay's own, that nobody recorded. */
export function ownCall(method: 'GET' | 'POST', path: string, json?: unknown): Asked {
  return {
    method,
    path,
    headers: json === undefined ? [] : ['content-type', 'application/json'],
    body: json === undefined ? undefined : JSON.stringify(json),
    leftAfterMs: undefined,
  }
}
