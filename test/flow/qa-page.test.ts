// What the bench serves its page, and pages of the gateway's own: files, details of calls, a recording, a badge.
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withBadge } from '../../src/qa/badge.ts'
import { openBench } from '../support/bench.ts'
import { readEvents } from '../support/events.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { startUpstream } from '../support/upstream.ts'

const PAGE =
  '<!doctype html>\n<html><head lang="x"><title>Grüße</title></head><body>App</body></html>'
const NAVIGATE = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
}
const SCRIPT = '<script type="module" async src="/qa/assets/badge.js"></script>'

async function withFiles(badge: boolean) {
  const folder = await openFolder({ 'index.html': PAGE, 'app.js': 'app', 'part.html': PAGE })
  const bench = await openBench({
    qa: { badge },
    static: [{ prefix: '/', dir: folder.path, fallback: 'index.html' }],
  })
  return {
    ...bench,
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Somebody watches, so calls are kept; `left`: the gateway knows that they do no more. */
async function watched() {
  const bench = await openBench()
  const { promise: left, resolve } = Promise.withResolvers<void>()
  bench.gateway.app.server.on('request', ({ url }: IncomingMessage, response: ServerResponse) => {
    if (url === '/qa/events') response.once('close', resolve)
  })
  const events = await readEvents(`${bench.gateway.url}/qa/events`, {
    host: bench.gateway.host,
    accept: 'text/event-stream',
  })
  return { bench, events, left }
}

describe('the page', () => {
  it('comes with a policy that allows its own files and nothing else', async () => {
    await using bench = await openBench({ token: 'a-token-of-the-bench' })

    const page = await bench.ask('/qa', undefined, { headers: NAVIGATE })
    const policy = String(page.headers['content-security-policy'])
    const sources = policy.split('; ').map((one) => one.split(' '))

    expect(page.status).toBe(200)
    expect(page.headers['cache-control']).toBe('no-store')
    expect(sources[0]).toEqual(['default-src', "'none'"])
    expect(new Set(sources.flatMap(([, ...what]) => what))).toEqual(
      new Set(["'none'", "'self'", "'script'"]),
    )
    expect(page.text).not.toMatch(/<script(?![^>]* src=)|<style| style=|https?:/)
  })

  it('names files that are there, kept for good; the badge is asked for each time', async () => {
    await using bench = await openBench()
    const { text } = await bench.ask('/qa')
    const names = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name = '']) => name)

    const files = await Promise.all(names.map((name) => bench.ask(name)))
    const badge = await bench.ask('/qa/assets/badge.js')
    const none = await bench.ask('/qa/assets/..%2findex.html')

    expect(names.length).toBeGreaterThanOrEqual(3)
    for (const { status, headers } of files) {
      expect(status).toBe(200)
      expect(headers['cache-control']).toContain('immutable')
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
    expect([badge.status, badge.headers['cache-control']]).toEqual([200, 'no-cache'])
    expect(badge.text).not.toMatch(/\bimport\b/)
    expect(none.status).toBe(404)
  })
})

describe('details of calls', () => {
  it('are kept while somebody watches, without a secret in them', async () => {
    const { bench, events } = await watched()
    await using _ = bench
    using __ = events
    const alice = await bench.make('alice')
    await alice.send('/api/notes?key=k3y-of-alice', {
      method: 'POST',
      json: { text: 'Feed the cat', password: 'hunter2-hunter2' },
    })
    const call = await events.first(({ kind }) => kind === 'call')

    const entry = await bench.ask(`/qa/calls/${call.id}`)
    const all = await bench.ask('/qa/calls')

    expect(entry.json()).toMatchObject({
      request: { method: 'POST', bodySize: expect.any(Number) },
      response: { status: 201 },
      _persona: 'alice',
    })
    expect(all.json()[String(call.id)]).toEqual(entry.json())
    expect(entry.text).toContain('Feed the cat')
    expect(entry.text).not.toMatch(/hunter2|k3y-of-alice|eyJ[\w-]+\./)
    expect(entry.text).not.toContain(alice.cookie.split('=')[1])
  })

  it('are not kept where nobody watches, nor after a minute', async () => {
    const { bench, events, left } = await watched()
    await using _ = bench
    const alice = await bench.make('alice')
    await alice.get('/api/user')
    const call = await events.first(({ kind }) => kind === 'call')

    bench.clock.advance(61_000)
    await alice.get('/api/user')
    const old = await bench.ask(`/qa/calls/${call.id}`)
    events[Symbol.dispose]()
    await left
    const { observers } = bench.gateway.app.coatcheck
    bench.clock.advance(59_000)
    const within = observers.bodyBytes
    bench.clock.advance(2_000)
    expect([within > 0, observers.bodyBytes]).toEqual([true, 0])
    await alice.get('/api/user')

    expect(old.status).toBe(404)
    expect(old.json().detail).toContain('Nothing was kept')
    expect((await bench.ask('/qa/calls')).json()).toEqual({})
  })
})

describe('a recording', () => {
  it('is started and stopped by a call, and told of', async () => {
    await using folder: Folder = await openFolder()
    const record = {
      file: join(folder.path, 'seen.har'),
      bodyBytes: 1024,
      mostBytes: 1e6,
      redact: [],
    }
    await using bench = await openBench({ qa: { record } })
    await bench.ask('/qa/record', { on: false })

    const started = await bench.ask('/qa/record', { on: true })
    const alice = await bench.make('alice')
    await alice.get('/api/user')
    const { recording } = (await bench.ask('/qa/state')).json()
    const stopped = await bench.ask('/qa/record', { on: false })
    const har = JSON.parse(await readFile(stopped.json().written.file, 'utf8'))

    expect(started.json().recording).toMatchObject({ entries: 0 })
    expect(recording).toMatchObject({ entries: 1, dropped: 0 })
    expect(har.log.entries).toHaveLength(1)
    expect((await bench.ask('/qa/state')).json().recording).toBe(false)
    expect((await bench.ask('/qa/record', { on: 'yes' })).status).toBe(400)
  })

  it('that cannot be written says so', async () => {
    const folder = await openFolder()
    const record = { file: join(folder.path, 'a.har'), bodyBytes: 1024, mostBytes: 1e6, redact: [] }
    await using bench = await openBench({ qa: { record } })
    await bench.ask('/qa/record', { on: false })
    await folder[Symbol.asyncDispose]()

    const answer = await bench.ask('/qa/record', { on: true })

    expect(answer.status).toBe(400)
    expect(answer.json().detail).toContain('ENOENT')
  })
})

describe('POST /qa/sessions/:persona/cookie', () => {
  it('hands out the session that is there, not another', async () => {
    await using bench = await openBench()
    const none = await bench.ask('/qa/sessions/alice/cookie', {})
    const { made } = await bench.make('alice')

    const again = (await bench.ask('/qa/sessions/alice/cookie', { host: 'app.test' })).json()
    const { name, value } = again.cookie
    const who = await bench.gateway.person(`${name}=${value}`).get('/auth/session')

    expect(none.status).toBe(404)
    expect(again.session.ref).toBe(made.session.ref)
    expect(who.json()).toMatchObject({ authenticated: true, ref: made.session.ref })
    expect(again.storageState.cookies[0].domain).toBe('app.test')
    expect((await bench.ask('/qa/state')).json().personas[0].sessions).toBe(1)
  })
})

describe('the badge', () => {
  it.each(['/', '/part.html', '/some/deep/link'])('is in the page at %s', async (path) => {
    await using bench = await withFiles(true)
    const first = await bench.ask(path, undefined, { headers: NAVIGATE })

    const again = await bench.ask(path, undefined, {
      headers: { ...NAVIGATE, 'if-modified-since': new Date(2_000_000_000_000).toUTCString() },
    })

    expect(first.text).toBe(PAGE.replace('lang="x">', `lang="x">${SCRIPT}`))
    expect(first.headers['content-length']).toBe(String(Buffer.byteLength(first.text)))
    expect(first.headers.etag).toBeUndefined()
    expect(again.status).toBe(200)
  })

  it('is in no other file, and in nothing that an upstream sent', async () => {
    await using upstream = await startUpstream()
    upstream.on('*', (_, response) => {
      response.setHeader('content-type', 'text/html').end(PAGE)
    })
    await using bench = await withFiles(true)
    await using proxied = await openBench({
      qa: { badge: true },
      routes: [{ prefix: '/', upstream: upstream.url, auth: 'public' }],
    })

    const script = await bench.ask('/app.js')
    const page = await proxied.ask('/', undefined, { headers: NAVIGATE })

    expect(script.text).toBe('app')
    expect(script.headers.etag).toBeDefined()
    expect(page.text).toBe(PAGE)
  })

  it('is nowhere with qa.badge: false', async () => {
    await using bench = await withFiles(false)

    const page = await bench.ask('/', undefined, { headers: NAVIGATE })

    expect(page.text).toBe(PAGE)
    expect(page.headers.etag).toBeDefined()
  })

  it('goes to the end of a page without a head, whatever its letters', () => {
    const page = Buffer.from([0x3c, 0x70, 0x3e, 0xe9, 0xff])

    expect(withBadge(page)).toEqual(Buffer.concat([page, Buffer.from(SCRIPT)]))
  })

  it('tells a browser whose cookie it holds, and keeps nobody signed in for it', async () => {
    await using bench = await openBench({ token: 'a-token-of-the-bench' })
    const signedIn = await bench.gateway.signIn('bob', { password: 'coatcheck-demo' })
    const answers = await bench.ask(
      '/qa/sessions',
      { persona: 'alice' },
      {
        headers: { authorization: 'Bearer a-token-of-the-bench' },
      },
    )
    const { cookie } = answers.json()
    const alice = bench.gateway.person(`${cookie.name}=${cookie.value}`)
    const before = (await alice.get('/auth/session')).json()
    bench.clock.advance(60_000)

    const one = await alice.get('/qa/badge')
    const other = await signedIn.get('/qa/badge')
    const nobody = await bench.ask('/qa/badge')
    const elsewhere = await alice.get('/qa/badge', { headers: { 'sec-fetch-site': 'cross-site' } })

    expect(one.json().person).toEqual({ name: 'alice', colour: 'violet', hex: '#6a35a8' })
    expect(other.json().person).toMatchObject({ name: 'Bob Brook', colour: 'green' })
    expect(nobody.json()).toEqual({ person: null })
    expect(elsewhere.status).toBe(403)
    expect((await alice.get('/auth/session')).json().idleAt).toBe(before.idleAt)
  })

  it('has an icon in the colour of its person, and of nothing else', async () => {
    await using bench = await openBench()

    const icon = await bench.ask('/qa/assets/icon.svg?colour=violet&initial=A')
    const others = await Promise.all(
      ['colour=violet&initial=%3C', 'colour=url(x)&initial=A', 'initial=A', ''].map((query) =>
        bench.ask(`/qa/assets/icon.svg?${query}`),
      ),
    )

    expect(icon.headers['content-type']).toBe('image/svg+xml')
    expect(icon.text).toContain('#6a35a8')
    expect(others.map(({ status }) => status)).toEqual([404, 404, 404, 404])
  })
})
