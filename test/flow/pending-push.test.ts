// The outcome on a Pusher-compatible channel: a word, signed, under a name that nobody guesses.
import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import { startPending } from '../support/pending.ts'
import { goodFor } from '../support/validator.ts'

const SECRET = 'a-pusher-secret-for-tests'

interface Published {
  readonly channels: readonly string[]
  readonly name: string
  readonly data: string
  readonly signed: boolean
}

async function startPusher(status = 200) {
  const published: Published[] = []
  const heard = Promise.withResolvers<void>()
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://pusher')
    const told = searchParams.get('auth_signature')
    searchParams.delete('auth_signature')
    searchParams.sort()
    const query = [...searchParams].map(([name, value]) => `${name}=${value}`).join('&')
    const right = createHmac('sha256', SECRET).update(`POST\n${pathname}\n${query}`).digest('hex')
    const md5 = createHash('md5').update(body).digest('hex')
    const signed =
      told === right && searchParams.get('body_md5') === md5 && pathname === '/apps/17/events'
    const { channels, name, data } = JSON.parse(body.toString())
    published.push({ channels, name, data, signed })
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    heard.resolve()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    published,
    heard: heard.promise,
    push: {
      appId: '17',
      key: 'app-key',
      secret: new Secret(SECRET),
      cluster: undefined,
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      tls: false,
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('a Pusher-compatible service', () => {
  it('hears the word, on the channel that only this browser is told', async () => {
    await using pusher = await startPusher()
    await using set = await startPending({ confirm: { push: pusher.push } })
    const [ada, bob] = [set.browser(), set.browser()]
    await ada.confirm('link-of-ada')
    await bob.confirm('link-of-bob')
    const channels = await Promise.all(
      [ada, bob].map(async (one) => (await one.send('/auth/pending/state')).json().channel),
    )

    ;(await set.validator.question(0)).answer(200, await goodFor(set.upstream, 'ada'))
    await pusher.heard

    expect(channels[0]).toMatch(/^coatcheck-[0-9a-f]{48}$/)
    expect(channels[1]).not.toBe(channels[0])
    expect(pusher.published).toEqual([
      { channels: [channels[0]], name: 'signin.active', data: '{}', signed: true },
    ])
  })

  it('hears a refusal with its closed word only', async () => {
    await using pusher = await startPusher()
    await using set = await startPending({ confirm: { push: pusher.push } })
    await set.browser().confirm('link-of-ada')
    ;(await set.validator.question(0)).answer(200, {
      ok: false,
      message: 'secret words of the validator',
    })
    await pusher.heard

    expect(pusher.published).toMatchObject([
      { name: 'signin.refused', data: '{"reason":"sign_in_refused"}', signed: true },
    ])
  })

  it('that is down keeps nobody from signing in', async () => {
    await using pusher = await startPusher(500)
    await using set = await startPending({ confirm: { push: pusher.push } })
    const ada = set.browser()
    await ada.confirm('link-of-ada')
    await using events = await ada.events()
    ;(await set.validator.question(0)).answer(200, await goodFor(set.upstream, 'ada'))
    await events.event('signin.active')
    while (set.logged('push_failed').length === 0) await new Promise(setImmediate)

    expect((await ada.session()).json()).toMatchObject({ sub: 'ada' })
    expect(set.gateway.log.join('')).not.toContain(SECRET)
  })
})
