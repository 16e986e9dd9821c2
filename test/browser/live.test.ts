// A real browser's WebSockets and event streams: what its pages may open, and what it hears when somebody signs out.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { launchChromium } from '../support/demo-page.ts'
import { openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { startGateway } from '../support/gateway.ts'
import { startLiveUpstream } from '../support/live-upstream.ts'
import { patience } from '../support/promised.ts'
import { startUpstream } from '../support/upstream.ts'

const PAGE = '<!doctype html><title>ours</title>'

it('a page talks as whoever is signed in, another site cannot, and signing out in one tab ends it in the other', async () => {
  await using stack = new AsyncDisposableStack()
  const people = stack.use(await startUpstream())
  const upstream = stack.use(await startLiveUpstream({ people }))
  const dir = stack.use(await openFolder({ 'index.html': PAGE }))
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const gateway = stack.use(
    await startGateway({
      publicOrigin: origin,
      listen: { host: '127.0.0.1', port },
      signInAt: people.url,
      routes: [{ prefix: '/api', upstream: upstream.url }],
      static: [{ prefix: '/', dir: dir.path, fallback: 'index.html' }],
    }),
  )
  // Cookies know no ports: to this browser it is the same site, and our cookie goes along.
  const evil = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)
  })
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve))
  stack.defer(() => void evil.close())
  const evilAt = `http://localhost:${(evil.address() as AddressInfo).port}`
  const browser = await launchChromium()
  stack.defer(() => browser.close())
  const context = await browser.newContext()
  const [tab, other, foreign] = [
    await context.newPage(),
    await context.newPage(),
    await context.newPage(),
  ]
  await Promise.all([tab.goto(origin), other.goto(origin), foreign.goto(evilAt)])
  await tab.evaluate(`fetch('/auth/login', { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', password: 'x' }) }).then((answer) => answer.status)`)

  await tab.evaluate(`new Promise((opened) => {
    window.heard = []
    window.stream = new EventSource('/api/events')
    stream.onmessage = (event) => heard.push(event.data)
    stream.onerror = () => heard.push('stream ' + stream.readyState)
    window.socket = new WebSocket('ws://' + location.host + '/api/ws', ['chat'])
    socket.onopen = () => socket.send('hello')
    socket.onmessage = (event) => heard.push(event.data) && opened()
    socket.onclose = ({ code, reason, wasClean }) => heard.push(code + ' ' + reason + ' ' + wasClean)
  })`)
  await expect.poll(() => tab.evaluate('heard.slice().sort()')).toEqual(['ada', 'ada: hello'])

  const before = upstream.handshakes.length
  const hijack = await foreign.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket('ws://localhost:${port}/api/ws')
    socket.onopen = () => resolve('open')
    socket.onclose = ({ code }) => resolve(code)
  })`)
  expect(hijack).toBe(1006)
  expect(upstream.handshakes).toHaveLength(before)
  expect(gateway.log.some((line) => line.includes('csrf_refused'))).toBe(true)

  const since = performance.now()
  await other.evaluate(`fetch('/auth/logout', { method: 'POST' }).then((answer) => answer.status)`)
  await expect.poll(() => tab.evaluate('heard')).toContain('4401 signed_out true')
  expect(performance.now() - since).toBeLessThan(patience(1000))
  // It tries again by itself, is told 401 and gives up.
  await expect.poll(() => tab.evaluate('stream.readyState'), { timeout: 30_000 }).toBe(2)
})
