// A body that is nested so deeply that Node's own parser would fail on it costs nobody anything.
import { expect, it } from 'vitest'
import { openBench } from '../support/bench.ts'
import { startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { startGateway } from '../support/gateway.ts'
import { send } from '../support/http.ts'
import { startUpstream } from '../support/upstream.ts'

const DEEP = '[0,'.repeat(5000)

it('sent to anything else is not even read, and ends no process', async () => {
  await using upstream = await startUpstream()
  await using folder = await openFolder({
    'coatcheck.yaml': `publicOrigin: http://localhost:3000
listen: { port: 0 }
operators: { port: 0 }
upstream: "${upstream.url}"
signIn: /login
`,
  })
  await using gateway = await startCommand(['serve'], { cwd: folder.path })
  const operators = /operators (http:\S+)/.exec(gateway.stdout)?.[1] ?? ''
  const deep = '[0,'.repeat(10_000)
  const json = { 'content-type': 'application/json', 'x-csrf': '1' }
  const paths = ['/nope', '/', '/auth/session', '/auth/events', '/auth/logout', '/auth/nope']
  const asked = ['POST', 'PUT', 'PATCH', 'DELETE'].flatMap((method) =>
    [...paths, '/auth/login', '/api/login', '/api/x'].map((path) => [method, path] as const),
  )

  for (let round = 0; round < 5; round++) {
    for (const [method, path] of asked) {
      const { status } = await gateway.send(path, { method, headers: json, body: deep })
      const isSignIn = method === 'POST' && /login$/.test(path)
      // Fastify's own parser would say 400, until it says nothing more.
      expect(status === 400, `${method} ${path} ${status}`).toBe(isSignIn)
    }
    for (const path of ['/nope', '/metrics', '/readyz', '/sessions/end', '/sessions']) {
      const { status } = await send(operators, path, { method: 'POST', headers: json, body: deep })
      expect(status, `operators ${path}`).not.toBe(400)
    }
  }

  expect((await gateway.send('/auth/session')).status).toBe(200)
})

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
