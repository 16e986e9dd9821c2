import { describe, expect, it } from 'vitest'
import { goesUp } from '../../../src/proxy/headers.ts'
import { readRequestHead } from '../../../src/proxy/request-head.ts'

describe('a request’s head', () => {
  it('is read by name in any case, and what the gateway goes by never hides a second value', () => {
    const head = readRequestHead([
      ...[
        'HOST',
        'a',
        'cOOkie',
        'x=1',
        'Cookie',
        'y=2',
        'origin',
        'https://a',
        'Origin',
        'https://b',
      ],
      ...[
        'Sec-Fetch-Site',
        'same-origin',
        'sec-fetch-site',
        'cross-site',
        'SEC-FETCH-MODE',
        'cors',
      ],
      ...['Sec-Fetch-Dest', 'empty', 'X-CSRF', '1', 'x-csrf', '1', 'Via', '1.0 a', 'via', '1.1 b'],
      ...[
        'X-Coatcheck-Session',
        'r',
        'X-Coatcheck-Passive',
        '1',
        'X-Forwarded-For',
        '1',
        'x-forwarded-for',
        '2',
      ],
    ])

    expect(head).toMatchObject({
      host: 'a',
      cookie: 'x=1; y=2',
      origin: 'https://a, https://b',
      site: 'same-origin, cross-site',
      mode: 'cors',
      dest: 'empty',
      csrf: '1, 1',
      via: '1.0 a, 1.1 b',
      expectedRef: 'r',
      passive: true,
      forwardedFor: '1, 2',
      contentLength: undefined,
      chunked: false,
    })
    expect(readRequestHead(['Host', 'a', 'host', 'a']).host).toBe('a, a')
  })

  it('keeps a WebSocket’s own handshake here, however it is spelt; to a plain request they are names like others', () => {
    const raw = ['Sec-WebSocket-Key', 'x', 'sec_websocket_protocol', 'y', 'X-Own', 'z']

    expect(readRequestHead(raw, true)).toMatchObject({ forwarded: ['X-Own', 'z'], received: 2 })
    expect(readRequestHead(raw)).toMatchObject({ forwarded: raw, received: 6 })
  })

  it('tells how the body is framed', () => {
    const length = (value: string) => readRequestHead(['Content-Length', value]).contentLength

    expect([length('0'), length('12'), length('0000000000000000000012')]).toEqual([0, 12, 12])
    expect([length('-1'), length('1,1'), length(''), length('0x1')]).toEqual([NaN, NaN, NaN, NaN])
    expect(readRequestHead(['transfer-encoding', 'chunked']).chunked).toBe(true)
  })

  it('passes names that no table knows, prototype names included, and is not changed by them', () => {
    const flat = ['__proto__', 'a', 'constructor', 'b', 'toString', 'c', 'X-Q', 'd']

    expect(readRequestHead(flat).forwarded).toEqual(flat)
    expect(readRequestHead([...flat, 'Connection', 'x-q, __proto__, close']).forwarded).toEqual([
      ...['constructor', 'b', 'toString', 'c'],
    ])
    expect(readRequestHead(['Connection', 'keep-alive', 'X-Q', 'd']).forwarded).toEqual([
      'X-Q',
      'd',
    ])
  })
})

it.each(['Content-Type', 'content-length', 'Accept', 'X-Csrf', 'Origin', 'X-Forwarded', 'X-Users'])(
  '%s goes up',
  (name) => expect(goesUp(name)).toBe(true),
)

it.each([
  'X-FORWARDED-FOR',
  'x_forwarded_for',
  'X.Forwarded.For',
  'x-forwarded-',
  'Content_Length',
  'coatcheck_x',
])('%s does not go up', (name) => expect(goesUp(name)).toBe(false))
