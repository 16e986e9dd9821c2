// When the calls of a recording are made again.
import { describe, expect, it } from 'vitest'
import { createDice } from '../../../src/qa/leaks/dice.ts'
import { type Pace, play } from '../../../src/qa/replay/play.ts'
import { type RecordedCall, recordedCall } from '../../../src/qa/replay/recorded-call.ts'
import { manualClock } from '../../support/clock.ts'

/** Calls of Alice and Bob in turn, begun at these ms, none under way with another. */
function callsOf(...startedAt: number[]): RecordedCall[] {
  return startedAt.flatMap((ms, nth) => {
    const entry = {
      startedDateTime: new Date(ms).toISOString(),
      time: 1,
      request: { method: 'GET', url: `http://localhost/${nth}` },
      response: { status: 200 },
      _persona: nth % 2 === 0 ? 'alice' : 'bob',
      _order: { began: 2 * nth, ended: 2 * nth + 1 },
    }
    return recordedCall(entry, nth) ?? []
  })
}

function begin(calls: readonly RecordedCall[], pace: Pace) {
  const clock = manualClock()
  const sent: string[] = []
  let stopped = false
  async function* source() {
    yield* calls
  }
  const done = play(source(), {
    pace,
    clock,
    browserOf: ({ persona = '' }) => persona,
    async send({ path }) {
      sent.push(path)
    },
    stopped: () => stopped,
  })
  const stop = () => {
    stopped = true
  }
  return { clock, sent, done, stop }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a recording played with its pauses', () => {
  it('makes no call before its time', async () => {
    const { clock, sent, done } = begin(callsOf(0, 500), { kind: 'recorded' })
    await settled()
    expect(sent).toEqual(['/0'])

    clock.advance(499)
    await settled()
    expect(sent).toEqual(['/0'])

    clock.advance(1)
    await done
    expect(sent).toEqual(['/0', '/1'])
  })
})

describe('a recording played with a long pause', () => {
  it('ends within the pause once it is stopped', async () => {
    const { clock, sent, done, stop } = begin(callsOf(0, 3_600_000), { kind: 'recorded' })
    await settled()

    stop()
    clock.advance(1_000)
    await done

    expect(sent).toEqual(['/0'])
  })
})

describe.each<Pace>([
  { kind: 'order' },
  { kind: 'fastest' },
  { kind: 'reorder', below: createDice(1).roll },
])('a recording played as $kind', (pace) => {
  it('waits for no pause, and makes every call once', async () => {
    const { sent, done } = begin(callsOf(0, 60_000, 120_000, 180_000), pace)
    await done

    expect(sent.toSorted()).toEqual(['/0', '/1', '/2', '/3'])
  })

  it('makes no more calls once it is stopped', async () => {
    const { sent, done, stop } = begin(callsOf(0, 1, 2, 3), pace)
    stop()
    await done

    expect(sent.length).toBeLessThan(4)
  })
})
