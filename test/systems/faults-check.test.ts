// What the tests of faults look for, they find: each fault is done by hand here, and the same check tells.
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import type { FaultGate } from '../support/fault-gates.ts'
import { FAULTLESS, faultsOf, openLedger, settle } from '../support/fault-ledger.ts'
import { startFaultProvider } from '../support/fault-provider.ts'
import { type GatewaySettings, startGateway } from '../support/gateway.ts'
import { ownerName } from '../support/owner-oracle.ts'
import { startRedis } from '../support/redis.ts'
import { redisStores } from '../support/redis-stores.ts'

const ADA = ownerName(1)

describe('the check of faults', () => {
  it('finds nothing where nothing is done', async () => {
    await using it = await setUp({ nearCache: { sessions: 0 } })
    await it.signIn(ADA)
    const held = await it.signIn(ownerName(2))
    await it.signOut(held)

    expect(await it.findings()).toEqual(FAULTLESS)
    expect([it.ledger.own, it.ledger.refused]).toEqual([1, 1])
  })

  it('finds a record that is deleted by hand', async () => {
    await using it = await setUp({ nearCache: { sessions: 0 } })
    await it.signIn(ADA)
    await it.server.command('DEL', await it.record())

    const { lost, ...others } = await it.findings()

    expect(lost).toEqual([expect.stringMatching(`^${ADA}: session_required, .* sign-in$`)])
    expect(others).toMatchObject({ foreign: [], revived: [], forgotten: [], strange: [] })
  })

  it('finds a tombstone that is deleted by hand', async () => {
    await using it = await setUp({ nearCache: { sessions: 0 } })
    await it.signOut(await it.signIn(ADA))
    await it.server.command('DEL', await it.record())

    const { forgotten, ...others } = await it.findings()

    expect(forgotten).toEqual([expect.stringMatching(`^${ADA}: session_required, .* sign-out$`)])
    expect(others).toMatchObject({ foreign: [], lost: [], revived: [], strange: [] })
  })

  it('finds an ended session whose record is put back by hand', async () => {
    await using it = await setUp({ nearCache: { sessions: 0 } })
    const held = await it.signIn(ADA)
    const key = await it.record()
    await it.server.command('COPY', key, 'kept')
    await it.signOut(held)
    await it.server.command('COPY', 'kept', key, 'REPLACE')

    const { revived, ...others } = await it.findings()

    expect(revived).toEqual([expect.stringMatching(`^${ADA}: own, .* sign-out$`)])
    expect(others).toMatchObject({ foreign: [], lost: [], forgotten: [], strange: [] })
  })

  it('finds tokens that change places where there is no guard, at the client and upstream', async () => {
    await using it = await setUp({ options: { guard: false } })
    await it.signIn(ADA)
    await it.signIn(ownerName(2))
    const { near } = it.gateway.app.coatcheck
    const [first, second] = near.all()
    if (!first || !second) throw new Error('two have signed in')
    near.put({ ...first, content: second.content })

    const { foreign, ...others } = await it.findings()

    expect(foreign).toHaveLength(1)
    expect(it.provider.foreign).toHaveLength(1)
    expect(others).toMatchObject({ lost: [], revived: [], forgotten: [], strange: [] })
  })

  it('finds with the guard in place that people are thrown out, and no token', async () => {
    await using it = await setUp({})
    await it.signIn(ADA)
    await it.signIn(ownerName(2))
    const { near } = it.gateway.app.coatcheck
    const [first, second] = near.all()
    if (!first || !second) throw new Error('two have signed in')
    near.put({ ...first, content: second.content })

    const { foreign, strange } = await it.findings()

    expect([foreign, it.provider.foreign]).toEqual([[], []])
    expect(strange).toEqual([expect.stringContaining('leak_prevented')])
  })
})

async function setUp(settings: Partial<GatewaySettings>) {
  const server = await startRedis()
  const stores = redisStores(server.url)
  const provider = await startFaultProvider({ accessMs: 600_000 })
  const gateway = await startGateway({
    routes: [{ prefix: '/api', upstream: provider.url }],
    ...settings,
    options: { clock: systemClock, store: await stores.open(systemClock), ...settings.options },
  })
  const gate: FaultGate = {
    send: (path, { cookie = '', ...options } = {}) => gateway.person(cookie).send(path, options),
  }
  const ledger = openLedger()
  return {
    server,
    provider,
    gateway,
    ledger,
    async signIn(name: string) {
      const { cookie } = await gateway.signIn(name)
      return ledger.open(name, cookie)
    },
    async signOut(held: ReturnType<typeof ledger.open>) {
      const { cookie } = held
      held.outAskedAt = performance.now()
      expect((await gate.send('/auth/logout', { method: 'POST', cookie })).status).toBe(204)
      held.outAt = performance.now()
      held.outBy = gate
    },
    /** The key of the one session. */
    async record() {
      const keys = (await server.command('KEYS', '*{*}')) as string[]
      const [key, ...more] = keys.filter((one) => !one.includes('{all:'))
      if (key === undefined || more.length > 0) throw new Error(`there is not one: ${keys}`)
      return key
    },
    async findings() {
      await settle(ledger, [gate])
      return faultsOf(ledger)
    },
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await stores[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}
