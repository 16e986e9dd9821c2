import { describe, expect, it } from 'vitest'
import { type SummaryFacts, summaryText } from '../../../src/cli/summary.ts'
import type { Config } from '../../../src/config/config.ts'
import { testConfig } from '../../support/gateway.ts'
import { passwordProvider } from '../../support/password-provider.ts'
import { redisPlace } from '../../support/redis-stores.ts'

const CWD = '/srv/app'

function summaryOf(config: Partial<Config>, facts: Partial<SummaryFacts> = {}): string {
  const base = testConfig({ routes: [{ prefix: '/api', upstream: 'http://localhost:8000' }] })
  return summaryText({
    version: '0.1.0',
    readyMs: 412,
    config: { ...base, listen: { host: '127.0.0.1', port: 3000 }, ...config },
    url: 'http://127.0.0.1:3000',
    operatorsUrl: 'http://127.0.0.1:3001',
    live: 12,
    cwd: CWD,
    colour: false,
    ...facts,
  })
}

const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i))

describe('the start-up summary', () => {
  it('says in seven lines where it is open and what goes where', () => {
    const text = summaryOf({
      publicOrigin: 'https://app.example.org',
      providers: [passwordProvider('http://localhost:8000', { name: 'mentorship' })],
      store: { kind: 'sqlite', path: `${CWD}/data/coatcheck.db` },
      warnings: ['one line per warning, with its mend'],
    })

    expect(text).toBe(
      `Coatcheck 0.1.0   ready in 0.4 s
  open      http://localhost:3000        as https://app.example.org
  sign in   POST /auth/login, /api/login → mentorship (http://localhost:8000/login)
  /api      → http://localhost:8000      session required
  sessions  sqlite data/coatcheck.db     12 live, kept across restarts
  health    /auth/health                 operators http://127.0.0.1:3001
  ! one line per warning, with its mend
`,
    )
  })

  it('says of Redis which it is, what it uses of what is allowed, and what to mend there', () => {
    const about = {
      place: 'redis 7.0.15 cache:6379',
      detail: '2 connections, of 20 allowed',
      warnings: ['Redis evicts sessions when it is full'],
    }

    const text = summaryOf({ store: redisPlace('redis://:canary@cache') }, { about })

    expect(text).toContain(
      '  sessions  redis 7.0.15 cache:6379      12 live, 2 connections, of 20 allowed\n',
    )
    expect(text).toContain('  ! Redis evicts sessions when it is full\n')
    expect(text).not.toContain('canary')
  })

  it('names the public origin only where it is another one', () => {
    const text = summaryOf({ publicOrigin: 'http://localhost:3000' })

    expect(text).toContain('  open      http://localhost:3000\n')
  })

  it('shows the host of a listener that others reach', () => {
    const text = summaryOf(
      { listen: { host: '0.0.0.0', port: 8080 }, publicOrigin: 'https://app.example.org' },
      { url: 'http://127.0.0.1:8080' },
    )

    expect(text).toContain('http://0.0.0.0:8080 ')
  })

  it('says that memory is gone at a restart, and nothing of operators where there are none', () => {
    const text = summaryOf({ store: { kind: 'memory' } }, { operatorsUrl: undefined })

    expect(text).toMatch(
      /sessions {2}memory +12 live, gone at a restart\n {2}health {4}\/auth\/health\n$/,
    )
  })

  it.each([
    [0, 0, 0],
    [1, 1, 1],
    [5, 1, 2],
    [40, 1, 0],
    [1, 1, 40],
    [40, 9, 40],
  ])(
    'takes 15 lines at most with %i routes, %i providers and %i warnings',
    (routes, providers, warnings) => {
      const text = summaryOf({
        routes: testConfig({
          routes: many(routes, (i) => ({ prefix: `/p${i}`, upstream: 'http://localhost:8000' })),
        }).routes,
        providers: many(providers, (i) =>
          passwordProvider('http://localhost:8000', { name: `p${i}` }),
        ),
        warnings: many(warnings, (i) => `warning ${i}`),
      })

      const lines = text.trimEnd().split('\n')
      expect(lines.length).toBeLessThanOrEqual(15)
      const shown = (sign: RegExp) => lines.filter((line) => sign.test(line)).length
      expect(shown(/^ {2}\/p\d/)).toBeGreaterThanOrEqual(Math.min(routes, 3))
      expect(shown(/! warning/)).toBeGreaterThanOrEqual(Math.min(warnings, 3))
      expect(shown(/→ p\d/)).toBeGreaterThanOrEqual(Math.min(providers, 2))
    },
  )

  it('says how many it left out, and where to see them', () => {
    const text = summaryOf({ warnings: many(40, (i) => `warning ${i}`) })

    const shown = text.match(/! warning/g)?.length ?? 0
    expect(text).toContain(`! and ${40 - shown} more: coatcheck validate shows them all\n`)
  })

  it('never shows the query of an address, which may hold a key', () => {
    const upstream = 'http://localhost:8000/login?key=s3cret'
    const provider = passwordProvider('http://localhost:8000')
    const signIn = { ...provider.signIn, url: new URL(upstream) }

    const text = summaryOf({ providers: [{ ...provider, signIn }] })

    expect(text).not.toContain('s3cret')
  })

  it('is coloured only for a person', () => {
    const config = { warnings: ['look'] }

    expect(summaryOf(config)).not.toContain('\u001b')
    expect(summaryOf(config, { colour: true })).toContain('\u001b[33m  ! look')
  })
})
