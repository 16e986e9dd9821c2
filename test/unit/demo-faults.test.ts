import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { openDemo } from '../support/demo.ts'
import { portOf, rawExchange } from '../support/http.ts'

const GET_USER = 'GET /user HTTP/1.1\r\nHost: demo\r\n\r\n'
const HALF = /^HTTP\/1\.1 200 OK\r\n(.+\r\n)*\r\n\{"message": "half of a body$/

describe('a fault of the demo upstream', () => {
  it('answers another status as often as told, on its path and method alone', async () => {
    await using demo = await openDemo()
    demo.control.fault(
      { path: '/user', method: 'GET', times: 2 },
      {
        answer: 429,
        headers: { 'retry-after': '7' },
      },
    )

    const answers = [await demo.get('/user'), await demo.get('/user'), await demo.get('/user')]

    expect(answers.map(({ status }) => status)).toEqual([429, 429, 401])
    expect(answers[0]?.headers['retry-after']).toBe('7')
    expect(demo.control.seen().map(({ status }) => status)).toEqual([401, 429, 429])
  })

  it('lasts until it is healed', async () => {
    await using demo = await openDemo()
    const heal = demo.control.fault({ path: '/notes' }, { answer: 503 })
    demo.control.fault({ path: '*', method: 'POST' }, { answer: 500 })

    const broken = [await demo.get('/notes'), await demo.post('/login', {})]
    heal()
    const half = [await demo.get('/notes'), await demo.post('/login', {})]
    demo.control.heal()
    const whole = [await demo.get('/notes'), await demo.post('/login', {})]

    const statuses = [broken, half, whole].map((pair) => pair.map(({ status }) => status))
    expect(statuses).toEqual([
      [503, 500],
      [401, 500],
      [401, 400],
    ])
  })

  it('hangs before the headers until the client gives up or the upstream closes', async () => {
    const demo = await openDemo()
    demo.control.fault({ path: '/user' }, { hang: 'head' })
    const leaving = new AbortController()

    const left = demo.send('/user', { signal: leaving.signal })
    const stays = demo.send('/user')
    const outcomes = Promise.allSettled([left, stays])
    await expect.poll(() => demo.control.count('GET', '/user')).toBe(2)
    leaving.abort()
    await demo[Symbol.asyncDispose]()

    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('sends half a body, then hangs', async () => {
    await using demo = await openDemo()
    demo.control.fault({ path: '/user' }, { hang: 'body' })

    expect(await firstHalf(demo.url)).toMatch(HALF)
  })

  it('sends half a body, then resets', async () => {
    await using demo = await openDemo()
    demo.control.fault({ path: '/user' }, { reset: 'body' })

    const { received, reset } = await rawExchange(demo.url, GET_USER)

    expect(received.toString()).toMatch(HALF)
    expect(reset).toBe(true)
  })

  it('resets before the headers', async () => {
    await using demo = await openDemo()
    demo.control.fault({ path: '/user' }, { reset: 'head' })

    const { received, reset } = await rawExchange(demo.url, GET_USER)

    expect([received.toString(), reset]).toEqual(['', true])
  })

  it('holds calls back and lets them go on when told', async () => {
    await using demo = await openDemo()
    const { access } = await demo.signIn('alice')
    const hold = demo.control.hold({ path: '/user', method: 'GET' })
    let answered = 0

    const calls = [demo.get('/user', access), demo.get('/user', access)]
    for (const call of calls) void call.then(() => answered++)
    await hold.arrived(2)
    await demo.get('/notes', access)
    expect([hold.waiting, answered]).toEqual([2, 0])
    hold.release()

    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200])
    expect((await demo.get('/user', access)).status).toBe(200)
  })
})

/** What comes back for `GET /user` while the connection stays open. */
function firstHalf(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect(portOf(url), '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
    if (HALF.test(text)) resolve(text)
  })
  socket.on('close', () => reject(new Error('the connection was closed')))
  socket.write(GET_USER)
  return promise.finally(() => socket.destroy())
}
