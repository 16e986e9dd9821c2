// L-9: whatever is open is over within a second of its session's end, at every process, whichever way it ended; nothing
// said later arrives, and nobody else notices.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { spread } from '../support/endings.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type Member, openCrowd } from '../support/live-crowd.ts'
import { startLiveUpstream } from '../support/live-upstream.ts'
import { patience } from '../support/promised.ts'
import { openTestStore } from '../support/stores.ts'
import { startUpstream } from '../support/upstream.ts'

const LONG = process.env.COATCHECK_LONG === '1'
const HISTORIES = LONG ? 100 : 6
const PEOPLE = LONG ? 50 : 10
const PROMISED_MS = 1000
/** All of it happens in this one process. */
const TALK_MS = PEOPLE / 2

const ways = ['sign out', 'operator', 'again', 'somebody else', 'upstream', 'nothing'] as const

type Way = (typeof ways)[number]

async function endIt(
  way: Way,
  { name, cookie }: Member,
  gateway: TestGateway,
): Promise<string | undefined> {
  const browser = gateway.person(cookie)
  switch (way) {
    case 'sign out':
      expect((await browser.send('/auth/logout', { method: 'POST' })).status).toBe(204)
      return 'signed_out'
    case 'operator':
      await gateway.app.coatcheck.desk({ do: 'end', who: { provider: 'main', sub: name } })
      return 'revoked'
    case 'again':
    case 'somebody else': {
      const username = way === 'again' ? name : `${name}-other`
      const json = { username, password: 'x' }
      expect((await browser.send('/auth/login', { method: 'POST', json })).status).toBe(200)
      return 'replaced'
    }
    case 'upstream': {
      const key = gateway.app.coatcheck.near.all().find(({ record }) => record.sub === name)
        ?.ticket.storeKey
      if (!key) return undefined
      await gateway.app.coatcheck.sessions.end(key, 'upstream_refused')
      return 'upstream_refused'
    }
    case 'nothing':
      return undefined
  }
}

describe('L-9 an open connection', () => {
  it(
    'ends with its session and never with another’s, whatever happens in which order',
    async () => {
      await using people = await startUpstream({ keep: 10 })
      await using upstream = await startLiveUpstream({ people })
      await using opened = await openTestStore('sqlite', systemClock)
      const routes = [{ prefix: '/api', upstream: upstream.url }]
      const signInAt = people.url
      await using first = await startGateway({ signInAt, routes, options: { store: opened.store } })
      await using second = await startGateway({
        signInAt,
        routes,
        options: { store: await opened.peer() },
      })
      const gateways = [first, second]
      const gates = gateways.map((gateway) => ({
        port: gateway.port,
        signIn: async (name: string) => (await gateway.signIn(name)).cookie,
      }))
      const latencies: number[] = []
      let run = 0

      const step = fc.record({
        way: fc.constantFrom(...ways),
        at: fc.constantFrom(...gateways),
        afterMs: fc.nat(60),
      })
      const history = fc.array(step, { minLength: PEOPLE, maxLength: PEOPLE })
      await fc.assert(
        fc.asyncProperty(history, async (steps) => {
          using crowd = await openCrowd({ gates, upstream, people: PEOPLE, prefix: `h${run++}-` })
          const saidAt: number[] = []
          const talking = setInterval(() => {
            crowd.talk()
            saidAt[crowd.said] = performance.now()
          }, TALK_MS)

          const ended = new Map<Member, { at: number; reason: string }>()
          await Promise.all(
            crowd.members.map(async (member, i) => {
              const { way, at, afterMs } = steps[i] ?? { way: 'nothing', at: first, afterMs: 0 }
              await new Promise((resolve) => setTimeout(resolve, afterMs))
              const reason = await endIt(way, member, at)
              if (reason) ended.set(member, { at: performance.now(), reason })
            }),
          )
          for (const [{ socket, stream }, { at, reason }] of ended) {
            const [one, other] = await Promise.all([socket.closed, stream.closed])
            expect(one).toMatchObject({ code: 4401, reason })
            expect(other.whole).toBe(true)
            latencies.push(one.at - at, other.at - at)
          }
          const allOverAt = performance.now()
          await expect.poll(() => crowd.said > 0 && (saidAt.at(-1) ?? 0) > allOverAt).toBe(true)
          clearInterval(talking)

          const numbersOf = ({ socket, stream }: Member) =>
            [...socket.messages.map(({ data }) => String(data)), ...stream.text.split('\n\n')].map(
              (text) => Number(/#(\d+)/.exec(text)?.[1] ?? 0),
            )
          for (const member of crowd.members) {
            const over = ended.get(member)
            const late = numbersOf(member).filter(
              (n) => over && (saidAt[n] ?? 0) > over.at + patience(PROMISED_MS),
            )
            expect(late).toEqual([])
            const heard = member.socket.messages.map(({ data }) => String(data).split(' ')[0])
            expect(new Set([member.name, ...heard])).toEqual(new Set([member.name]))
            if (over) continue
            // Nobody else noticed: it goes on, with all that was said.
            await expect.poll(() => Math.max(...numbersOf(member))).toBe(crowd.said)
            expect(member.socket.messages).toHaveLength(crowd.said)
          }
        }),
        { numRuns: HISTORIES, seed: 9, endOnFailure: true },
      )

      expect(latencies.length).toBeGreaterThan(HISTORIES * PEOPLE)
      const told = spread(latencies)
      console.log(`ended: ${JSON.stringify(told)}`)
      expect(told.p50).toBeLessThan(PROMISED_MS)
      expect(told.max).toBeLessThan(patience(PROMISED_MS))
      for (const { app } of gateways) {
        await expect
          .poll(() => app.coatcheck.live.counts)
          .toEqual({ websocket: 0, events: 0, answer: 0 })
      }
    },
    LONG ? 600_000 : 120_000,
  )
})
