// A gateway that is killed under load takes along no session, no sign-out and nobody's token.
import { describe, expect, it } from 'vitest'
import { openDice } from '../support/dice.ts'
import { openGates, sharedStores } from '../support/fault-gates.ts'
import { FAULTLESS, faultsOf, settle } from '../support/fault-ledger.ts'
import { startLoad } from '../support/fault-load.ts'
import { type Excuse, repeated, startFaultProvider } from '../support/fault-provider.ts'

const LONG = process.env.COATCHECK_LONG === '1'
const KILLS = LONG ? 20 : 5

describe.each(sharedStores)('one of two gateways on %s', (name, open) => {
  it(`is killed ${KILLS} times under the load of forty: nothing that was acknowledged is lost`, async () => {
    const dice = openDice()
    await using store = await open()
    await using provider = await startFaultProvider({ accessMs: () => 2000 + dice.roll(2000) })
    await using gates = await openGates({ store: store.written, url: provider.url })
    const [first, second] = gates.all
    if (!first || !second) throw new Error('two were started')
    const load = startLoad({ gates: gates.all, dice })
    const kills: Excuse[] = []

    for (let round = 0; round < KILLS; round++) {
      const [victim, other] = round % 2 === 0 ? [first, second] : [second, first]
      // At no particular moment.
      await load.more(victim, 20 + dice.roll(80))
      const from = performance.now()
      await victim.kill9()
      kills.push({ from, to: performance.now() })
      await load.more(other, 20)
      await victim.restart()
    }
    await Promise.all([load.more(first, 50), load.more(second, 50)])
    await load.end()
    await settle(load.ledger, gates.all)

    const { ledger, cut, signOuts } = load
    const told = {
      seed: dice.seed,
      sessions: ledger.sessions.length,
      own: ledger.own,
      signOuts,
      refused: ledger.refused,
      cut,
      renewals: provider.renewals.length,
      away: Object.fromEntries(ledger.away),
    }
    console.log(`${KILLS} kills on ${name}: ${JSON.stringify(told)}`)
    expect(faultsOf(ledger)).toEqual(FAULTLESS)
    expect(provider.foreign).toEqual([])
    expect(repeated(provider.renewals, kills)).toEqual([])
    expect(ledger.away.get('store_unreachable') ?? 0).toBe(0)
    // What was promised did take place.
    expect(cut).toBeGreaterThan(KILLS)
    expect(ledger.own).toBeGreaterThan(40 * KILLS)
    expect(signOuts).toBeGreaterThan(KILLS)
    expect(ledger.refused).toBeGreaterThanOrEqual(2 * signOuts)
    expect(provider.renewals.length).toBeGreaterThan(KILLS)
  })
})
