// A token endpoint that hangs, resets and lies under the load of two gateways: a session is kept, or ends for the one
// reason that there is, and no token reaches anybody else.
import { describe, expect, it } from 'vitest'
import { openDice } from '../support/dice.ts'
import { openGates, sharedStores } from '../support/fault-gates.ts'
import { FAULTLESS, faultsOf, settle } from '../support/fault-ledger.ts'
import { startLoad } from '../support/fault-load.ts'
import { LIES, type Lie, repeated, startFaultProvider } from '../support/fault-provider.ts'
import { eventually } from '../support/redis.ts'

const LONG = process.env.COATCHECK_LONG === '1'
const SIZE = { rounds: LONG ? 3 : 1, lies: LONG ? 20 : 8 }
const OWNER_CHANGED = 'refreshes_total\\{[^}]*outcome="owner_changed"[^}]*\\}'
const stores = LONG ? sharedStores : sharedStores.filter(([name]) => name === 'redis')

describe.each(stores)('a token endpoint that fails two gateways on %s', (name, open) => {
  it('costs nobody a session, unless it answers with a token of somebody else', async () => {
    const dice = openDice()
    await using store = await open()
    await using provider = await startFaultProvider({ accessMs: () => 2000 + dice.roll(1000) })
    await using gates = await openGates({
      store: store.written,
      url: provider.url,
      providerTimeout: '2s',
    })
    const load = startLoad({ gates: gates.all, dice })
    const everywhere = (count: number) =>
      Promise.all(gates.all.map((gate) => load.more(gate, count)))
    const told = () => provider.renewals.filter(({ answer }) => answer !== 'fresh')

    for (let round = 0; round < SIZE.rounds; round++) {
      for (const lie of LIES) {
        const enough = told().length + SIZE.lies
        provider.lie = lie
        await eventually(`${SIZE.lies} × ${lie}`, () => told().length >= enough, 60_000)
        provider.lie = undefined
        await everywhere(20)
      }
    }
    await load.moreSignOuts(5)
    await load.end()
    const { ledger } = load
    const toldTo = (lie: Lie) =>
      new Set(told().flatMap(({ answer, owner }) => (answer === lie ? [owner] : [])))
    // A token that is over when it comes is used until it is half a minute old, and the session kept.
    if (LONG) await settle(ledger, gates.all, { ms: 60_000 })
    else await settle(ledger, gates.all, { mayBeRefused: toldTo('expired') })

    const foreignTold = told().filter(({ answer }) => answer === 'foreign')
    const counts = Object.fromEntries(
      LIES.map((lie) => [lie, told().filter(({ answer }) => answer === lie).length]),
    )
    const away = Object.fromEntries(ledger.away)
    const { own, refused, lost } = ledger
    const said = { seed: dice.seed, own, refused, lost: lost.length, counts, away }
    console.log(`a lying provider on ${name}: ${JSON.stringify(said)}`)
    // Ended as designed, each for a token of somebody else, and nobody else's.
    expect(new Set(lost.map(({ got }) => got))).toEqual(new Set(['session_ended owner_changed']))
    expect(faultsOf({ ...ledger, lost: [] })).toEqual(FAULTLESS)
    const deceived = toldTo('foreign')
    expect(lost.filter(({ held }) => !deceived.has(held.name))).toEqual([])
    expect(lost.length).toBeLessThanOrEqual(foreignTold.length)
    const counted = await Promise.all(gates.all.map((gate) => gate.metric(OWNER_CHANGED)))
    expect(counted.reduce((sum, one) => sum + one, 0)).toBe(foreignTold.length)
    expect(provider.foreign).toEqual([])
    // Asked again only after an answer that was none.
    expect(repeated(provider.renewals)).toEqual([])
    expect(Math.min(...Object.values(counts))).toBeGreaterThanOrEqual(SIZE.rounds * SIZE.lies)
    expect(ledger.away.get('store_unreachable') ?? 0).toBe(0)
  })
})
