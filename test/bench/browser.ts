// Requests as a browser's fetch sends them to its own origin, as the bytes that go out.
import type { Workload } from './workloads.ts'
import { ownedJson } from './workloads.ts'

export const PUBLIC_ORIGIN = 'https://app.example.org'
export const HOST = new URL(PUBLIC_ORIGIN).host

/** One person at one contestant. */
export interface Person {
  readonly name: string
  /** The header that proves who it is: `['Cookie', …]` or `['Authorization', …]`. */
  readonly proof: readonly [name: string, value: string]
}

export function browserRequest(person: Person, { method, path, sends }: Workload): Buffer {
  const body = sends > 0 ? ownedJson(person.name, sends) : Buffer.alloc(0)
  const headers = [
    ['Host', HOST],
    ['Connection', 'keep-alive'],
    ...(sends > 0
      ? [
          ['Content-Length', String(body.length)],
          ['Content-Type', 'application/json'],
          ['Origin', PUBLIC_ORIGIN],
        ]
      : []),
    ['sec-ch-ua-platform', '"Linux"'],
    [
      'User-Agent',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
    ],
    ['sec-ch-ua', '"Google Chrome";v="141", "Not?A_Brand";v="8", "Chromium";v="141"'],
    ['sec-ch-ua-mobile', '?0'],
    ['Accept', 'application/json'],
    ['Sec-Fetch-Site', 'same-origin'],
    ['Sec-Fetch-Mode', 'cors'],
    ['Sec-Fetch-Dest', 'empty'],
    ['Referer', `${PUBLIC_ORIGIN}/notes`],
    ['Accept-Encoding', 'gzip, deflate, br, zstd'],
    ['Accept-Language', 'en-GB,en;q=0.9'],
    person.proof,
  ]
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}\r\n`, 'latin1'), body])
}
