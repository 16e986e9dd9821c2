import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import { openOperators } from '../../../src/operators.ts'
import { send } from '../../support/http.ts'

const PATHS = ['/livez', '/readyz', '/metrics', '/sessions']

async function setUp(token?: string) {
  const operators = await openOperators(
    { host: '127.0.0.1', port: 0, ...(token ? { token: new Secret(token) } : {}) },
    { providers: [] },
    {
      readiness: async () => 'ready',
      metrics: async () => ({ contentType: 'text/plain', text: 'figures 1' }),
      desk: async () => ({ kind: 'listed', sessions: [] }) as never,
    },
  )
  const { url } = operators
  return {
    url,
    ask: (path: string, host: string, headers = {}) => send(url, path, { host, headers }),
    [Symbol.asyncDispose]: () => operators.close(),
  }
}

describe("the operators' listener", () => {
  it.each(['rebound.example.org', 'localhost.example.org', '127.0.0.1.example.org', '', 'metrics'])(
    'tells nobody anything who names it %j',
    async (name) => {
      await using it = await setUp()

      for (const path of PATHS) {
        for (const host of [name, `${name}:3001`]) {
          const answer = await it.ask(path, host)
          expect([path, answer.status]).toEqual([path, 421])
          expect(answer.headers['coatcheck-problem']).toBe('host_unknown')
          expect(answer.json().detail).toBe(
            'Ask by the address that it listens on, or as localhost',
          )
        }
      }
    },
  )

  it.each([
    'localhost',
    'LOCALHOST',
    'ops.localhost',
    '127.0.0.1',
    '[::1]',
    '10.1.2.3',
    '[fd00::7]',
  ])('answers whoever names it %s, with a port or without', async (name) => {
    await using it = await setUp()

    for (const path of PATHS) {
      for (const host of [name, `${name}:3001`]) {
        expect([path, (await it.ask(path, host)).status]).toEqual([path, 200])
      }
    }
  })

  it('answers a probe that names nothing (HTTP/1.0)', async () => {
    await using it = await setUp()
    const socket = connect(Number(new URL(it.url).port), '127.0.0.1')
    socket.write('GET /livez HTTP/1.0\r\n\r\n')

    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('takes any name from whoever brings its token, and asks for the token first', async () => {
    await using it = await setUp('a token of some length')
    const host = 'coatcheck.monitoring.svc:3001'

    const known = await it.ask('/metrics', host, { authorization: 'Bearer a token of some length' })
    const unknown = await it.ask('/metrics', host)

    expect([known.status, known.text]).toEqual([200, 'figures 1'])
    expect(unknown.status).toBe(401)
  })
})
