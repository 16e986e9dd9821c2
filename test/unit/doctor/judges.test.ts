import { describe, expect, it } from 'vitest'
import { findingsText } from '../../../src/cli/doctor.ts'
import { judgeClocks, skewOf } from '../../../src/doctor/judge-clock.ts'
import { judgeDisk } from '../../../src/doctor/judge-disk.ts'
import { judgeKeys } from '../../../src/doctor/judge-keys.ts'
import { judgePages } from '../../../src/doctor/judge-pages.ts'
import { judgeProxy } from '../../../src/doctor/judge-proxy.ts'
import { judgeRedis } from '../../../src/doctor/judge-redis.ts'
import { judgeStore } from '../../../src/doctor/judge-store.ts'
import { judgeSignIn, judgeUpstream, whyUnreached } from '../../../src/doctor/judge-upstream.ts'
import { createDoctorProof, hopsIn } from '../../../src/http/hops.ts'
import { systemRandom } from '../../../src/lib/random.ts'
import { manualClock } from '../../support/clock.ts'

const GIGABYTE = 1024 ** 3

describe('clocks', () => {
  const reading = (over: { sentAt?: number; receivedAt?: number; from?: number; to?: number }) => ({
    place: 'Redis',
    sentAt: 100_000,
    receivedAt: 100_010,
    from: 100_005,
    to: 100_005,
    ...over,
  })

  it('never blames a clock for a slow answer', () => {
    expect(skewOf(reading({ receivedAt: 109_000, from: 105_000, to: 105_999 }))).toBe(0)
    expect(skewOf(reading({ from: 99_500, to: 100_499 }))).toBe(0)
    expect(skewOf(reading({ from: 90_000, to: 90_999 }))).toBe(9001)
    expect(skewOf(reading({ from: 103_000, to: 103_000 }))).toBe(-2990)
  })

  it.each([
    [2000, 'ok'],
    [2100, 'warning'],
    [29_000, 'warning'],
    [31_000, 'problem'],
  ])('calls %i ms of difference, either way, %s', (off, level) => {
    const ahead = judgeClocks([reading({ from: 100_000 - off, to: 100_000 - off })])
    const behind = judgeClocks([reading({ from: 100_010 + off, to: 100_010 + off })])

    expect([ahead, behind].flat().map((finding) => finding.level)).toEqual([level, level])
  })

  it('names every clock that differs, and says so where there was none to compare', () => {
    const wrong = reading({ from: 0, to: 0 })

    expect(judgeClocks([wrong, reading({}), { ...wrong, place: 'other' }])).toHaveLength(2)
    expect(judgeClocks([])).toMatchObject([{ level: 'unjudged' }])
  })
})

describe('the disk', () => {
  const disk = { path: 'data/coatcheck.db', fileSystem: 0xef53, freeBytes: GIGABYTE, isDyno: false }

  it.each([
    ['a disk', {}, 'ok'],
    ['tmpfs', { fileSystem: 0x01021994 }, 'warning'],
    ['overlay', { fileSystem: 0x794c7630 }, 'warning'],
    ['NFS', { fileSystem: 0x6969 }, 'problem'],
    ['SMB as a signed number', { fileSystem: 0xff534d42 | 0 }, 'problem'],
    ['a dyno', { isDyno: true }, 'warning'],
    ['400 MB', { freeBytes: 400 * 1024 ** 2 }, 'warning'],
    ['10 MB', { freeBytes: 10 * 1024 ** 2 }, 'problem'],
    ['no Linux', { fileSystem: undefined }, 'ok'],
  ])('judges %s', (_, over, level) => {
    expect(judgeDisk({ ...disk, ...over }).map((finding) => finding.level)).toEqual([level])
  })
})

describe('keys', () => {
  const facts = { absent: false, keyFile: 'data/coatcheck.keys', secret: undefined, files: [] }
  const levelOf = (key: Uint8Array) => judgeKeys({ ...facts, keys: [key] })[0]?.level

  it('takes every random key, and none that somebody typed or counted', () => {
    for (let times = 0; times < 2000; times++) expect(levelOf(systemRandom(32))).toBe('ok')
    expect(levelOf(Buffer.alloc(32))).toBe('problem')
    expect(levelOf(Buffer.alloc(32, 'my secret key'))).toBe('problem')
    expect(levelOf(Buffer.from('correct horse battery staple abc'))).toBe('problem')
    expect(levelOf(Buffer.from(Array.from({ length: 32 }, (_, index) => index * 3)))).toBe(
      'problem',
    )
  })

  it('never says a key', () => {
    const weak = Buffer.alloc(32, 'canary')

    expect(
      JSON.stringify(judgeKeys({ ...facts, keys: [weak], secret: 'canary-canary' })),
    ).not.toMatch(/canary|Y2FuYXJ5/)
  })
})

describe('a store', () => {
  const open = {
    kind: 'open',
    place: 'redis',
    stepsMs: [1, 2, 3],
    isSame: true,
    timeoutMs: 800,
    encryption: undefined,
  } as const

  it.each([
    ['quick', {}, 'ok'],
    ['slow', { stepsMs: [1, 150, 1] }, 'warning'],
    ['slower than it may be', { stepsMs: [1, 900, 1] }, 'problem'],
    ['forgetful', { isSame: false }, 'problem'],
  ])('that is %s is judged', (_, over, level) => {
    expect(judgeStore({ ...open, ...over }).level).toBe(level)
  })

  const state = {
    policy: 'noeviction',
    connected: 10,
    maxClients: 100,
    usedBytes: 1,
    maxBytes: 0,
    appendOnly: true,
    snapshots: '',
  }

  it.each([
    ['good', {}, ['ok', 'ok', 'ok']],
    ['nearly out of connections', { connected: 95 }, ['warning', 'ok', 'ok']],
    ['nearly full', { usedBytes: 95, maxBytes: 100 }, ['warning', 'ok', 'ok']],
    ['on snapshots', { appendOnly: false, snapshots: '60 1' }, ['ok', 'ok', 'ok']],
    [
      'silent about itself',
      { policy: undefined, connected: undefined, appendOnly: undefined },
      ['unjudged', 'unjudged', 'unjudged'],
    ],
  ])('in a Redis that is %s is judged', (_, over, levels) => {
    const found = judgeRedis({ state: { ...state, ...over }, connections: 2 })

    expect(found.map(({ level }) => level)).toEqual(levels)
  })
})

describe('upstreams', () => {
  const answered = { kind: 'answered', status: 404, daysLeft: undefined } as const

  it.each([
    ['any answer', answered, 'ok'],
    ['a gateway with nobody behind it', { ...answered, status: 502 }, 'warning'],
    ['a certificate for 20 days', { ...answered, daysLeft: 20 }, 'ok'],
    ['a certificate for 13 days', { ...answered, daysLeft: 13 }, 'warning'],
    ['no answer', { kind: 'failed', code: 'EHOSTUNREACH' } as const, 'problem'],
  ])('are judged by %s', (_, answer, level) => {
    expect(judgeUpstream({ origin: 'https://api.example.org', answer }).level).toBe(level)
  })

  it('have a mend for every failure', () => {
    for (const code of ['ECONNREFUSED', 'EAI_AGAIN', 'CERT_HAS_EXPIRED', 'EPROTO', 'EWHATEVER']) {
      expect(whyUnreached(code)).toMatch(/: \w+/)
    }
  })

  it('have no sign-in where neither question finds one', () => {
    const level = (statuses: readonly (number | undefined)[]) =>
      judgeSignIn({ setting: 'signIn', statuses })?.level

    expect(level([405])).toBe('ok')
    expect(level([404, 405])).toBe('ok')
    expect(level([404, 404])).toBe('warning')
    expect(level([undefined])).toBeUndefined()
  })
})

describe('pages', () => {
  const route = { match: 'prefix', at: '/sign-in' } as never
  const files = { prefix: '/', dir: '/web', fallback: undefined }
  const config = { pages: { signIn: '/sign-in?x=1', profile: '/' }, routes: [], static: [files] }

  it.each([
    ['both files', config, ['/sign-in', '/'], ['ok']],
    ['one file', config, ['/'], ['warning']],
    ['a fallback', { ...config, static: [{ ...files, fallback: 'index.html' }] }, [], ['ok']],
    ['a route', { ...config, routes: [route] }, ['/'], ['ok']],
    ['no frontend at all', { ...config, static: [] }, [], []],
  ])('are there with %s, or not', (_, of, there, levels) => {
    expect(judgePages({ config: of, there }).map(({ level }) => level)).toEqual(levels)
  })
})

describe('the proxy in front', () => {
  it('is warned of when its certificate is nearly over', () => {
    const facts = { publicOrigin: 'https://app.example.org', trustProxy: 1, daysLeft: 3 }

    const found = judgeProxy({ ...facts, seen: { kind: 'ours', hops: 1 } })

    expect(found).toMatchObject([{ level: 'ok' }, { level: 'warning', text: /3 more days/ }])
  })

  it('is told of to whoever has one of the keys, for five minutes', () => {
    const clock = manualClock()
    const [first, second] = [systemRandom(32), systemRandom(32)]
    const gateway = createDoctorProof([first, second], clock)
    const proof = createDoctorProof([second], clock).make()

    expect(gateway.isGood(proof)).toBe(true)
    expect(gateway.isGood(createDoctorProof([systemRandom(32)], clock).make())).toBe(false)
    for (const made of ['', '.', 'x.y', `${clock.now() + 1}${proof.slice(proof.indexOf('.'))}`]) {
      expect(gateway.isGood(made)).toBe(false)
    }
    clock.advance(300_001)
    expect(gateway.isGood(proof)).toBe(false)
  })

  it('has as many hops as X-Forwarded-For has entries', () => {
    expect([undefined, '1.2.3.4', '1.2.3.4, ::1'].map(hopsIn)).toEqual([0, 1, 2])
  })
})

describe('what the doctor prints', () => {
  it('is a line for each finding and one for all', () => {
    const findings = [
      { check: 'keys', level: 'ok', text: '1 key' },
      { check: 'proxy', level: 'unjudged', text: 'elsewhere' },
      { check: 'store', level: 'problem', text: 'gone: start it' },
    ] as const

    expect(findingsText(findings, false)).toBe(
      [
        'ok          keys   1 key',
        'not judged  proxy  elsewhere',
        'problem     store  gone: start it',
        '',
        '1 ok, 1 problem, 1 not judged',
        '',
      ].join('\n'),
    )
  })
})
