// What the figures must reach.
import { medianOf, ratioOf } from './figures.ts'
import type { RedisScale } from './redis-scale.ts'
import type { Series } from './rounds.ts'
import type { Scale } from './scale.ts'
import type { WebSocketFigures } from './websocket.ts'

interface Target {
  readonly workload: string
  readonly of: string
  readonly against: string
  readonly measure: 'cpuMicros' | 'rps'
  readonly limit: number
}

const targets: readonly Target[] = [
  { workload: 'get', of: 'coatcheck', against: 'bare', measure: 'cpuMicros', limit: 0.6 },
  { workload: 'get', of: 'coatcheck', against: 'bare', measure: 'rps', limit: 1.6 },
  { workload: 'get', of: 'coatcheck+log', against: 'coatcheck', measure: 'cpuMicros', limit: 1.1 },
  {
    workload: 'get',
    of: 'coatcheck+redis',
    against: 'coatcheck',
    measure: 'cpuMicros',
    limit: 1.1,
  },
  {
    workload: 'get',
    of: 'coatcheck+redis-cold',
    against: 'coatcheck',
    measure: 'cpuMicros',
    limit: 1.6,
  },
  { workload: 'get', of: 'coatcheck', against: 'express', measure: 'cpuMicros', limit: 0.33 },
  { workload: 'get', of: 'coatcheck', against: 'node-undici', measure: 'cpuMicros', limit: 1.2 },
  { workload: 'post', of: 'coatcheck', against: 'bare', measure: 'cpuMicros', limit: 0.7 },
  { workload: 'download', of: 'coatcheck', against: 'bare', measure: 'cpuMicros', limit: 0.9 },
]

export interface Verdict {
  readonly text: string
  readonly ratio: number
  /** `idle`: a contestant's core was not busy enough for its requests per second to mean anything. */
  readonly outcome: 'met' | 'missed' | 'idle'
}

/** Nothing for a target whose contestants did not take part. */
export function judgeTargets(all: readonly Series[]): Verdict[] {
  return targets.flatMap((target) => {
    const find = (name: string) =>
      all.find((one) => one.contestant === name && one.workload.name === target.workload)
    const over = find(target.of)
    const under = find(target.against)
    const ratio = over && under && ratioOf(over, under, target.measure)
    if (!over || !under || ratio === undefined) return []
    const more = target.measure === 'rps'
    const bound = `${more ? 'at least' : 'at most'} ${target.limit} ×`
    const what = more ? 'requests per second' : 'CPU per request'
    const met = more ? ratio >= target.limit : ratio <= target.limit
    const idle = more && [over, under].some((one) => (medianOf(one, 'share') ?? 0) < SATURATED)
    return [
      {
        text: `${over.workload.title}, ${what}: ${target.of} ${bound} ${target.against}`,
        ratio,
        outcome: idle ? 'idle' : met ? 'met' : 'missed',
      },
    ]
  })
}

/** A figure of its own, with what it may be at most; Infinity where nothing is asked of it. */
export interface Limit {
  readonly text: string
  readonly value: number
  readonly unit: string
  readonly digits: number
  readonly atMost: number
}

export function sessionStepTargets(micros: number): Limit[] {
  const text = 'Cookie header to usable token, all in memory'
  return [{ text, value: micros, unit: 'µs', digits: 2, atMost: 5 }]
}

export function scaleTargets(scale: Scale): Limit[] {
  const many = `${scale.sessions.toLocaleString('en')} live sessions`
  const mib = (text: string, bytes: number, atMost = Infinity): Limit => ({
    text,
    value: bytes / 2 ** 20,
    unit: 'MiB',
    digits: 0,
    atMost,
  })
  const archiveText = '16 slow readers of 128 MiB each: highest RSS above the one before'
  return [
    {
      text: `${many}: start to healthy`,
      value: scale.startMs,
      unit: 'ms',
      digits: 0,
      atMost: 1000,
    },
    mib(`${many}: RSS after the start`, scale.emptyRssBytes),
    mib(`${many}: RSS when each was used twice`, scale.rssBytes, 300),
    mib(`${many}: highest RSS`, scale.peakRssBytes),
    mib(archiveText, scale.archiveGrowthBytes, 128),
    {
      text: `${many}: bytes on disk for each, beyond its tokens`,
      value: scale.diskBytesBeyondTokens,
      unit: 'B',
      digits: 0,
      atMost: 2048,
    },
    {
      text: `${many}: GET 1 KiB, each session in turn, median`,
      value: scale.p50Micros / 1000,
      unit: 'ms',
      digits: 2,
      atMost: Infinity,
    },
  ]
}

export function redisTargets({ sessions, sealedBytes, bytesEach, costs }: RedisScale): Limit[] {
  const many = `${sessions.toLocaleString('en')} sessions of ${sealedBytes} sealed bytes in Redis`
  const of = (text: string, value: number, unit: string, digits: number): Limit => {
    return { text, value, unit, digits, atMost: Infinity }
  }
  return [
    of(`${many}: memory for each, indexes included`, bytesEach, 'B', 0),
    ...costs.flatMap(({ what, serverMicros, sentBytes, receivedBytes }) => [
      of(`${what}: the server's time`, serverMicros, 'µs', 1),
      of(`${what}: bytes that the server sends`, sentBytes, 'B', 0),
      of(`${what}: bytes that it receives`, receivedBytes, 'B', 0),
    ]),
  ]
}

export function webSocketTargets({ bare, coatcheck }: WebSocketFigures): Limit[] {
  const of = (text: string, value: number, unit: string, atMost = Infinity): Limit => {
    return { text, value, unit, digits: 2, atMost }
  }
  return [
    of(
      'echo over a WebSocket, round trip: coatcheck ÷ bare',
      coatcheck.p50Ms / bare.p50Ms,
      '×',
      1.2,
    ),
    of('bare, median', bare.p50Ms, 'ms'),
    of('coatcheck, median', coatcheck.p50Ms, 'ms'),
    of('bare, 99 of 100', bare.p99Ms, 'ms'),
    of('coatcheck, 99 of 100', coatcheck.p99Ms, 'ms'),
    of('CPU for each echo: coatcheck ÷ bare', coatcheck.cpuMicros / bare.cpuMicros, '×'),
    of('bare, memory for each idle WebSocket', bare.idleBytes / 1024, 'KiB'),
    of('coatcheck, memory for each idle WebSocket', coatcheck.idleBytes / 1024, 'KiB'),
  ]
}

export const SATURATED = 0.95
