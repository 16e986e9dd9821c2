// Asking a gateway's bench ends in time and in one sentence, whoever answers at its address.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { benchCaller } from '../../../src/cli/qa-bench.ts'
import { createCertificate } from '../../support/certificate.ts'
import { manualClock } from '../../support/clock.ts'
import { startLittleServer } from '../../support/little-server.ts'

const mend = { absent: 'start it', off: 'off', otherOrigin: 'origin', otherToken: 'token' }

function callerAt(at: string) {
  const clock = manualClock()
  const place = { at, host: new URL(at).host, token: undefined, mend }
  const bench = benchCaller(place, clock)
  const isAny = (_body: unknown): _body is object => true
  return { clock, ask: () => bench.get('/qa/state', isAny) }
}

/** `begin`: what it does with a request that it never answers whole. */
async function openSilent(begin: (response: ServerResponse) => void) {
  const server = createServer((_request, response) => begin(response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => once(server, 'request'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('the bench of a gateway', () => {
  it.each([
    ['says nothing', () => {}],
    ['begins an answer and goes on for ever', (response: ServerResponse) => response.write('{')],
  ])('that %s is given up after 10 seconds', async (_, begin) => {
    await using silent = await openSilent(begin)
    const { clock, ask } = callerAt(silent.url)
    const asked = silent.asked()
    const answer = ask()
    await asked

    clock.advance(10_000)

    expect(await answer).toEqual({
      ok: false,
      asked: false,
      why: `No gateway at ${silent.url} (it did not answer within 10 seconds): start it.`,
    })
  })

  it('that answers with more than 1 MiB is none', async () => {
    await using service = await startLittleServer(() => [200, `"${'a'.repeat(1_048_576)}"`])

    expect(await callerAt(service.url).ask()).toMatchObject({
      ok: false,
      why: `What answers at ${service.url} is no Coatcheck gateway with qa (more than 1 MiB).`,
    })
  })

  it('whose certificate is not trusted is told how to be', async () => {
    await using service = await startLittleServer(() => [200, {}], {
      certificate: await createCertificate(),
    })

    expect(await callerAt(service.url).ask()).toMatchObject({
      ok: false,
      why: expect.stringMatching(/^The certificate of https:.* NODE_EXTRA_CA_CERTS/),
    })
  })

  it('at a host that nobody knows is said to be there', async () => {
    expect(await callerAt('http://nowhere.invalid').ask()).toMatchObject({
      ok: false,
      why: 'No gateway at http://nowhere.invalid (its host name is not known): start it.',
    })
  })
})
