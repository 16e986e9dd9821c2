import { describe, expect, it } from 'vitest'
import { createTally } from '../../../src/cli/workers-tally.ts'
import { createMetrics } from '../../../src/http/metrics.ts'

function createWorker(near: number) {
  const metrics = createMetrics(() => near)
  const ended = Promise.withResolvers<{ code: number; signal: null }>()
  return {
    count: metrics,
    metrics: async () => JSON.parse(JSON.stringify(await metrics.snapshot())),
    ended: ended.promise,
    end: () => ended.resolve({ code: 0, signal: null }),
  }
}

const figure = (text: string, name: string) =>
  Number(new RegExp(`^coatcheck_${name} (\\d+)$`, 'm').exec(text)?.[1])

describe('the tally', () => {
  it('adds up what the workers have counted, and what they hold', async () => {
    const tally = createTally()
    const [one, two] = [createWorker(3), createWorker(4)]
    for (const worker of [one, two]) tally.add(worker)
    one.count.answered('/api/*', 200)
    two.count.answered('/api/*', 204)
    two.count.answered('/api/*', 404)

    const { text, contentType } = await tally.text()

    expect(contentType).toMatch(/^text\/plain/)
    expect(figure(text, 'near_sessions')).toBe(7)
    expect(text).toContain('coatcheck_answers_total{route="/api/*",class="2xx"} 2')
    expect(text).toContain('coatcheck_answers_total{route="/api/*",class="4xx"} 1')
  })

  it('keeps the counts of workers that have gone, and nothing they held', async () => {
    const tally = createTally()
    const stays = createWorker(4)
    tally.add(stays)
    stays.count.cookiesUnreadable.inc()
    for (let times = 0; times < 3; times++) {
      const goes = createWorker(3)
      tally.add(goes)
      goes.count.cookiesUnreadable.inc(10)
      goes.count.answered('/api/*', 200)
      goes.end()
      await new Promise(setImmediate)
    }

    const { text } = await tally.text()

    expect(figure(text, 'cookies_unreadable_total')).toBe(31)
    expect(figure(text, 'near_sessions')).toBe(4)
    expect(text).toContain('coatcheck_answers_total{route="/api/*",class="2xx"} 3')
  })
})
