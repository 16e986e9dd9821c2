// The short cut and the long way agree on 100,000 request targets, and none of them leads anywhere but
// into its own route's upstream (threats 2.A 1, 3, 4, 6, 7, 16, 20, 21, 26, 36, 37; H-17, BFF-12, BFF-13).
import { describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { startGateway } from '../support/gateway.ts'
import { type LineUpstream, startLineUpstream, startTwins } from '../support/line-upstream.ts'
import { breaksTheLine, matchOf, type Place, staysInside, targets } from '../support/paths.ts'
import { type MaybeAnswer, pipeline } from '../support/pipeline.ts'

const LONG = process.env.COATCHECK_LONG === '1'
const COUNT = LONG ? 5_000_000 : 100_000
const BATCH = 20_000
const SEED = Number(process.env.COATCHECK_SEED ?? 20_260)

interface Configured extends Place {
  readonly upstream: LineUpstream
  readonly base: string
}

async function startEverything(stack: AsyncDisposableStack) {
  const own = async (name: string) => stack.use(await startLineUpstream(name))
  const [plain, based, deep, root] = [
    await own('plain'),
    await own('based'),
    await own('deep'),
    await own('root'),
  ]
  const [short, long] = await startTwins()
  const canary = await own('canary')
  const places: Configured[] = [
    { kind: 'prefix', at: '/api', upstream: plain, base: '' },
    { kind: 'prefix', at: '/api/v1', upstream: based, base: '/base' },
    { kind: 'prefix', at: '/api/v1/deep', upstream: deep, base: '/one/two' },
    { kind: 'path', at: '/api/v1/users', upstream: plain, base: '/exactly/these' },
    { kind: 'path', at: '/api', upstream: deep, base: '/front' },
    { kind: 'prefix', at: '/twin', upstream: stack.use(short), base: '' },
    { kind: 'prefix', at: '/twin1', upstream: stack.use(long), base: '/1' },
    { kind: 'prefix', at: '/', upstream: root, base: '/root' },
  ]
  const start = async (shortCut: boolean) => {
    const routes = places.map(({ kind, at, upstream, base }) => ({
      [kind]: at,
      upstream: upstream.url + base,
      auth: 'public' as const,
    }))
    const options = { shortCut, log: createLog('silent') }
    return stack.use(await startGateway({ routes, options }))
  }
  const gateways = [await start(true), await start(false)]
  return { places, gateways, canary, upstreams: [plain, based, deep, root, short, long] }
}

/** What a gateway says to each target, numbered from `first`. */
async function ask(port: number, batch: readonly string[], first: number) {
  const answers: MaybeAnswer[] = []
  const send = async (risky: boolean, depth: number) => {
    const which = [...batch.keys()].filter((i) => breaksTheLine(batch[i] ?? '') === risky)
    const requests = which.map(
      (i) => `GET ${batch[i]} HTTP/1.1\r\nHost: localhost:3000\r\nX-Id: ${first + i}\r\n\r\n`,
    )
    for (const [n, answer] of (await pipeline(port, requests, depth)).entries()) {
      answers[which[n] ?? -1] = answer
    }
  }
  await Promise.all([send(false, 24), send(true, 1)])
  return answers
}

function outcome(answer: MaybeAnswer): string {
  if (!answer) return 'closed'
  return answer.status === 200 ? `200 ${answer.body}` : `${Math.floor(answer.status / 100)}xx`
}

const isPlain = (target: string) =>
  /^(\/[A-Za-z0-9._~-]+)+\/?$/.test(target) && !/\/\.\.?(\/|$)/.test(target)

describe('a request target', () => {
  it(`leads into its own route or nowhere, by the short cut as by the long way (${COUNT}, seed ${SEED})`, {
    timeout: LONG ? 3_600_000 : 120_000,
  }, async () => {
    await using stack = new AsyncDisposableStack()
    const { places, gateways, canary, upstreams } = await startEverything(stack)
    const grammar = { starts: places.map(({ at }) => at), canary: `127.0.0.1:${canary.port}` }
    const tally = { passed: 0, refused: 0, plain: 0 }
    const wrong: string[] = []

    const judge = (target: string, id: number, said: string, other: string) => {
      const complain = (what: string) => wrong.push(`${what}: ${JSON.stringify(target)} → ${said}`)
      const times = upstreams.reduce((sum, upstream) => sum + upstream.times(id), 0)
      if (said !== other) complain(`the long way says ${other}`)
      if (!said.startsWith('200 ')) {
        tally.refused++
        if (said !== '4xx') complain('neither passed nor refused')
        if (times !== 0) complain('refused, and yet it arrived')
        if (isPlain(target)) complain('nothing is wrong with this')
        return
      }
      tally.passed++
      if (isPlain(target)) tally.plain++
      if (target.includes('#')) complain('a fragment is for browsers only')
      if (times !== 2) complain(`arrived ${times} times through two gateways`)
      const match = matchOf(target, places)
      if (!match) return complain('nothing is configured for this')
      const { base, upstream } = match.route
      const expected = (base + match.rest).replace(/^(?!\/)/, '/')
      if (said !== `200 ${upstream.name} ${expected}`) complain(`expected ${expected}`)
      if (!staysInside(said.slice(said.lastIndexOf(' ') + 1), base)) complain('leads out')
    }

    for (let first = 0; first < COUNT && wrong.length === 0; first += BATCH) {
      const batch = targets(grammar, SEED + first, Math.min(BATCH, COUNT - first))
      const [short = [], long = []] = await Promise.all(
        gateways.map(({ port }) => ask(port, batch, first)),
      )
      for (const [i, target] of batch.entries()) {
        judge(target, first + i, outcome(short[i]), outcome(long[i]))
      }
      for (const upstream of upstreams) upstream.forget()
    }

    expect(wrong.slice(0, 20)).toEqual([])
    expect(canary.connections).toBe(0)
    // Gateways that refuse everything would agree with each other too.
    expect(tally.passed).toBeGreaterThan(COUNT * 0.3)
    expect(tally.refused).toBeGreaterThan(COUNT * 0.2)
    expect(tally.plain).toBeGreaterThan(COUNT * 0.05)
  })
})
