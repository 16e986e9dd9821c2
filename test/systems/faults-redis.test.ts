// Redis is killed, frozen, taken over and moved about under the load of two gateways; what was acknowledged stays.
import { describe, expect, it } from 'vitest'
import { openDice } from '../support/dice.ts'
import { openGates, writtenRedis } from '../support/fault-gates.ts'
import { FAULTLESS, type Finding, faultsOf, type Held, settle } from '../support/fault-ledger.ts'
import { type FaultLoad, startLoad } from '../support/fault-load.ts'
import { type Excuse, repeated, startFaultProvider } from '../support/fault-provider.ts'
import {
  eventually,
  type RedisServer,
  startCluster,
  startRedis,
  startSentinel,
} from '../support/redis.ts'

const LONG = process.env.COATCHECK_LONG === '1'
const TIMES = {
  kills: LONG ? 20 : 2,
  freezes: LONG ? 3 : 1,
  freezeMs: LONG ? 10_000 : 2500,
  failovers: LONG ? 3 : 1,
  slots: LONG ? 50 : 5,
}
/** A look at the store and a renewal, each in its time. */
const LEASE_USED_MS = 2000

describe('two gateways under load, on a redis', () => {
  it(`that is killed and started again ${TIMES.kills} times: nothing acknowledged is lost`, async () => {
    await using server = await startRedis({ config: [['appendfsync', 'always']] })
    await using it = await setUp(writtenRedis(server.url))

    for (let round = 0; round < TIMES.kills; round++) {
      await it.everywhere(20 + it.dice.roll(50))
      await server.kill9()
      await it.everywhere(3, 'store_unreachable')
      await server.restart()
      await Promise.all([it.everywhere(20), it.load.moreSignOuts(5)])
    }
    await it.finish(`${TIMES.kills} kills of redis`)

    expect(faultsOf(it.ledger)).toEqual(FAULTLESS)
    expect(it.provider.foreign).toEqual([])
    // Who was granted tokens keeps them until they are written.
    expect(repeated(it.provider.renewals)).toEqual([])
    it.expectLife()
  })

  it(`that is frozen for ${TIMES.freezeMs} ms, ${TIMES.freezes} times: the same`, async () => {
    await using server = await startRedis()
    await using it = await setUp(writtenRedis(server.url))

    for (let round = 0; round < TIMES.freezes; round++) {
      await it.everywhere(30)
      server.freeze()
      const frozenAt = performance.now()
      await it.everywhere(3, 'store_unreachable')
      // That long, at the least, is what is tried here.
      await expect
        .poll(() => performance.now() - frozenAt, { timeout: 2 * TIMES.freezeMs })
        .toBeGreaterThan(TIMES.freezeMs)
      server.thaw()
      await Promise.all([it.everywhere(30), it.load.moreSignOuts(5)])
    }
    await it.finish(`${TIMES.freezes} freezes of redis`)

    expect(faultsOf(it.ledger)).toEqual(FAULTLESS)
    expect(it.provider.foreign).toEqual([])
    expect(repeated(it.provider.renewals)).toEqual([])
    it.expectLife()
  })
})

/** Relieved: an operator asks for it, and the old master goes on answering. */
const ends = ['killed', 'relieved'] as const
const times = TIMES.failovers

describe.each(ends)('two gateways under load, behind a sentinel whose master is %s', (how) => {
  it(`lose in ${times} failovers nothing that the replica had, sign-outs included`, async () => {
    await using sentinel = await startSentinel()
    await using it = await setUp(writtenRedis(sentinel.url))
    const windows: Excuse[] = []

    for (let round = 0; round < times; round++) {
      await Promise.all([it.everywhere(50), it.load.moreSignOuts(5)])
      const master = await sentinel.currentMaster()
      const replica = master === sentinel.master ? sentinel.replica : sentinel.master
      const from = performance.now()
      await allCopied(master, replica)
      if (how === 'relieved') {
        await sentinel.failover()
        // What the old master takes after that is lost, so nobody may ask it any more.
        await eventually('gateways that have left the old master', async () => {
          return !String(await master.command('CLIENT', 'LIST')).includes('name=coatcheck')
        })
      } else await master.kill9()
      windows.push({ from, to: performance.now() })
      await eventually('another master', async () => (await sentinel.currentMaster()) === replica)
      await it.everywhere(50)
      if (how === 'killed') await master.restart()
      // It thinks itself the master until it is told; nobody may believe it.
      if (round + 1 < times) await eventually('a replica', () => isReplica(master), 60_000)
    }
    await it.finish(`${times} failovers (${how})`)

    const { ledger } = it
    const inWindow = (at = Number.NaN) => windows.some(({ from, to }) => at >= from && at <= to)
    const isExcused = ({ held }: Finding) => inWindow(held.since) || inWindow(held.outAt)
    const beyond = {
      ...ledger,
      ...Object.fromEntries(
        (['lost', 'revived', 'forgotten'] as const).map((kind) => [
          kind,
          ledger[kind].filter((finding) => !isExcused(finding)),
        ]),
      ),
    }
    const people = (findings: readonly Finding[]) => new Set(findings.map(({ held }) => held)).size
    const told = {
      ms: windows.map(({ from, to }) => Math.round(to - from)),
      begunOrEnded: ledger.sessions.filter((held) => inWindow(held.since) || inWindow(held.outAt))
        .length,
      lost: people(ledger.lost),
      revived: people(ledger.revived),
      forgotten: people(ledger.forgotten),
    }
    console.log(`windows of failovers: ${JSON.stringify(told)}`)
    expect(faultsOf(beyond)).toEqual(FAULTLESS)
    expect(it.provider.foreign).toEqual([])
    // Who had a lease of the old master goes on with it for a moment.
    const leases = windows.map(({ from, to }) => ({ from, to: to + LEASE_USED_MS }))
    expect(repeated(it.provider.renewals, leases)).toEqual([])
    expect(ledger.sessions.filter(outBefore(windows[0])).length).toBeGreaterThan(0)
    it.expectLife()
  })
})

describe('two gateways under load, on a cluster', () => {
  it(`do not notice that ${TIMES.slots} slots with sessions move`, async () => {
    await using cluster = await startCluster()
    // It is not late, whatever the machine does.
    await using it = await setUp(writtenRedis(cluster.url, ', timeout: 5s'))

    const moved = new Set<number>()
    for (let round = 0; round < TIMES.slots; round++) {
      await it.everywhere(20)
      const from = cluster.nodes[round % cluster.nodes.length]
      const to = cluster.nodes[(round + 1) % cluster.nodes.length]
      if (!from || !to) throw new Error('three were started')
      const slot = await slotWithSession(from, moved)
      await cluster.moveSlot(slot, to)
      moved.add(slot)
      expect(await cluster.nodeOf(slot)).toBe(to)
    }
    await Promise.all([it.everywhere(50), it.load.moreSignOuts(5)])
    await it.finish(`${TIMES.slots} slots moved`)

    expect(faultsOf(it.ledger)).toEqual(FAULTLESS)
    expect(it.provider.foreign).toEqual([])
    expect(repeated(it.provider.renewals)).toEqual([])
    expect(moved.size).toBe(TIMES.slots)
    // A token may be over on its way, where the machine stands still.
    const { upstream, ...away } = Object.fromEntries(it.ledger.away)
    expect(away).toEqual({})
    it.expectLife()
  })
})

async function setUp(store: string) {
  const dice = openDice()
  const provider = await startFaultProvider({ accessMs: () => 2000 + dice.roll(2000) })
  const gates = await openGates({ store, url: provider.url })
  const load: FaultLoad = startLoad({ gates: gates.all, dice })
  const { ledger } = load
  return {
    dice,
    provider,
    load,
    ledger,
    /** `count` more answers of this word from each gateway. */
    everywhere: (count: number, word = 'own') =>
      Promise.all(gates.all.map((gate) => load.more(gate, count, word))),
    async finish(what: string) {
      await eventually('a few renewals', () => provider.renewals.length > 5)
      await load.end()
      await settle(ledger, gates.all)
      const told = {
        seed: dice.seed,
        sessions: ledger.sessions.length,
        own: ledger.own,
        signOuts: load.signOuts,
        refused: ledger.refused,
        renewals: provider.renewals.length,
        away: Object.fromEntries(ledger.away),
      }
      console.log(`${what}: ${JSON.stringify(told)}`)
    },
    /** What was promised did take place. */
    expectLife() {
      expect(load.cut).toBe(0)
      expect(ledger.own).toBeGreaterThan(100)
      expect(load.signOuts).toBeGreaterThanOrEqual(5)
      expect(ledger.refused).toBeGreaterThan(load.signOuts)
      expect(provider.renewals.length).toBeGreaterThan(5)
    },
    async [Symbol.asyncDispose]() {
      await load.end().catch(() => undefined)
      await gates[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
    },
  }
}

async function isReplica(server: RedisServer): Promise<boolean> {
  const info = await server.info('replication')
  return info.get('role') === 'slave' && info.get('master_link_status') === 'up'
}

/** Resolves when the replica has all that the master had when this was called. */
async function allCopied(master: RedisServer, replica: RedisServer): Promise<void> {
  const goal = Number((await master.info('replication')).get('master_repl_offset'))
  await eventually('a replica in step', async () => {
    const info = await replica.info('replication')
    return Number(info.get('slave_repl_offset')) >= goal
  })
}

/** The slot of some session on this node. */
async function slotWithSession(node: RedisServer, but: ReadonlySet<number>): Promise<number> {
  const keys = (await node.command('KEYS', 'coatcheck:{*}')) as string[]
  for (const key of keys) {
    const slot = Number(await node.command('CLUSTER', 'KEYSLOT', key))
    if (!key.includes('{all:') && !but.has(slot)) return slot
  }
  throw new Error('no session is on this node')
}

function outBefore(window: Excuse | undefined) {
  return ({ outAt = Infinity }: Held) => outAt < (window?.from ?? 0)
}
