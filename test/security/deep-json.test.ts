// A body that is nested so deeply that Node's own parser would fail on it costs nobody anything.
import { expect, it } from 'vitest'
import { openBench } from '../support/bench.ts'
import { startGateway } from '../support/gateway.ts'
import { startUpstream } from '../support/upstream.ts'

const DEEP = '[0,'.repeat(5000)

it.each(['/auth/login', '/qa/sessions'])(
  'a body of 5000 levels to %s is a bad request',
  async (path) => {
    await using bench = await openBench()
    const headers = ['Host', bench.gateway.host, 'Content-Type', 'application/json', 'X-CSRF', '1']

    const answer = await bench.ask(path, undefined, { method: 'POST', headers, body: DEEP })

    expect([answer.status, answer.json()]).toMatchObject([400, { code: 'bad_request' }])
    expect(answer.json().detail).toBe('The JSON is nested too deeply')
    expect((await bench.make('alice')).made.session).toBeDefined()
  },
)

it('an answer of 20,000 levels is passed on, though somebody looks into it for its owner', async () => {
  await using upstream = await startUpstream()
  const owner = { field: '/0/name', is: 'sub', on: 'refuse' } as const
  await using gateway = await startGateway({ routes: [{ upstream: upstream.url, owner }] })
  const text = '[0,'.repeat(20_000)
  upstream.on('/deep', (_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(text)
  })
  const alice = await gateway.signIn('alice')

  for (let times = 0; times < 20; times++) {
    expect((await alice.get('/api/deep')).text === text).toBe(true)
  }
})
