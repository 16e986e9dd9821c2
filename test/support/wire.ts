// Reads the answers out of everything a connection brought (RFC 9112, 6.3). Pure.

export interface WireAnswer {
  readonly status: number
  /** Lower-case names; of several with one name, joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** As latin1; as far as it came. */
  readonly body: string
  /** False when the connection ended before the answer did. */
  readonly whole: boolean
}

/** Interim answers included. What is no answer throws. */
export function readAnswers(received: Buffer): WireAnswer[] {
  const answers: WireAnswer[] = []
  let rest = received.toString('latin1')
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    const first = /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n/.exec(rest)
    if (!first || end === -1) throw new Error(`no answer: ${JSON.stringify(rest.slice(0, 80))}`)
    const status = Number(first[1])
    const headers = headersOf(rest.slice(first[0].length, end + 2))
    const { body, whole, length } = bodyOf(status, headers, rest.slice(end + 4))
    answers.push({ status, headers, body, whole })
    rest = rest.slice(end + 4 + length)
  }
  return answers
}

function headersOf(lines: string): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (const [, name = '', value = ''] of lines.matchAll(/([^\r\n:]+): *([^\r\n]*)\r\n/g)) {
    const lower = name.toLowerCase()
    headers[lower] = lower in headers ? `${headers[lower]}, ${value}` : value
  }
  return headers
}

function bodyOf(status: number, headers: Readonly<Record<string, string>>, rest: string) {
  if (status < 200 || status === 204 || status === 304) return { body: '', whole: true, length: 0 }
  if (headers['transfer-encoding'] !== undefined) return chunkedBody(rest)
  if (headers['content-length'] === undefined) {
    return { body: rest, whole: true, length: rest.length }
  }
  const length = Number(headers['content-length'])
  const body = rest.slice(0, length)
  return { body, whole: body.length === length, length }
}

function chunkedBody(rest: string) {
  let body = ''
  let at = 0
  for (;;) {
    const line = /^([0-9a-f]+)\r\n/i.exec(rest.slice(at, at + 20))
    const size = Number.parseInt(line?.[1] ?? '', 16)
    const start = at + (line?.[0].length ?? 0)
    const whole = line !== null && rest.length >= start + size + 2
    if (!whole) return { body: body + rest.slice(start), whole, length: rest.length }
    body += rest.slice(start, start + size)
    at = start + size + 2
    if (size === 0) return { body, whole, length: at }
  }
}
