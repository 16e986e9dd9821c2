import { describe, expect, it } from 'vitest'
import { accepted, refused, THREE } from './loading.ts'

const REDIS = { REDIS_URL: 'redis://:canary@redis:6379' }
const own = 'upstream: http://localhost:1'

describe('store', () => {
  it('is a file in the working directory, or memory', async () => {
    const cwd = '/srv/app'
    const store = async (yaml: string) =>
      (await accepted(undefined, { env: { ...THREE, ...JSON.parse(yaml) }, cwd })).store

    expect(await store('{}')).toEqual({ kind: 'sqlite', path: '/srv/app/data/coatcheck.db' })
    expect(await store('{"COATCHECK__STORE__KIND":"memory"}')).toEqual({ kind: 'memory' })
    expect(
      await store('{"COATCHECK__STORE__KIND":"sqlite","COATCHECK__STORE__PATH":"/var/x.db"}'),
    ).toEqual({ kind: 'sqlite', path: '/var/x.db' })
  })

  it.each([
    [
      '{ kind: redis, url: "x", grace: 3s }',
      'store.kind: redis is not in this version: write one of sqlite, memory',
    ],
    ['{ kind: sqlite, grace: 3s }', 'store.grace: is not in this version'],
    ['{ kind: memory, path: x }', 'store.path: goes with kind: sqlite'],
    ['{ kind: sqlite, path: ":memory:" }', 'store.path: must be a file: write kind: memory'],
    ['{ path: x }', 'store.kind: is missing'],
    ['sqlite', 'store: must be a mapping (key: value)'],
  ])('refuses %s', async (store, message) => {
    expect(await refused(`store: ${store}\n${own}`)).toEqual([
      expect.stringMatching(/^coatcheck\.yaml:1:\d+ /),
    ])
    expect((await refused(`store: ${store}\n${own}`))[0]).toContain(` ${message}`)
  })

  it('is asked for by name where REDIS_URL would fill it', async () => {
    const problems = await refused(own, { env: REDIS })

    expect(problems).toEqual([
      'coatcheck.yaml:1:1 store: REDIS_URL is set, and Redis is not in this version: write store: { kind: sqlite }',
    ])
    expect(await refused(undefined, { env: { ...THREE, ...REDIS } })).toEqual([
      'environment store: REDIS_URL is set, and Redis is not in this version: write store: { kind: sqlite }',
    ])
  })

  it('wins over REDIS_URL where it is written, and says so', async () => {
    const config = await accepted(`${own}\nstore: { kind: memory }`, { env: REDIS })

    expect(config.warnings).toEqual([
      'REDIS_URL is set and not used, because store is written; unset it',
    ])
  })

  it('is refused on a dyno, whose disk does not last, unless that is accepted', async () => {
    const env = { ...THREE, DYNO: 'web.1' }
    const sentence =
      "a dyno's disk is erased at every restart, which signs everybody out: sessions belong in the heroku-redis add-on, or accept the loss with store: { kind: sqlite, ephemeral: true }"

    expect(await refused(undefined, { env })).toEqual([`environment store: ${sentence}`])
    expect(await refused('store: { kind: memory }', { env })).toEqual([
      `coatcheck.yaml:1:1 store: ${sentence}`,
    ])
    const config = await accepted('store: { kind: sqlite, ephemeral: true }', { env })
    expect(config.warnings).toEqual([
      'store.ephemeral: every restart of the dyno signs everybody out',
    ])
  })

  it('is said once on a dyno with REDIS_URL', async () => {
    expect(await refused(undefined, { env: { ...THREE, ...REDIS, DYNO: 'web.1' } })).toEqual([
      'environment store: REDIS_URL is set, and Redis is not in this version: write store: { kind: sqlite, ephemeral: true }',
    ])
  })
})

describe('session', () => {
  it.each([
    ['{ idle: 8d }', '1:18 session.idle: does not fit: idle must not be longer than lifetime'],
    [
      '{ lifetime: 1h }',
      '1:22 session.lifetime: does not fit: idle must not be longer than lifetime',
    ],
    ['{ lifetime: 401d }', '1:22 session.lifetime: must be at most 400d'],
    ['{ idle: 0s }', '1:18 session.idle: must be longer than zero'],
  ])('refuses %s', async (session, message) => {
    expect(await refused(`session: ${session}\n${own}`)).toEqual([`coatcheck.yaml:${message}`])
  })
})

describe('settings of other versions', () => {
  it.each(['workers: 2', 'qa: { leaks: true }', 'siblings: []', 'frontends: []'])(
    'are refused by name: %s',
    async (setting) => {
      const name = setting.replace(/:.*/, '')

      expect(await refused(`${setting}\n${own}`)).toEqual([
        `coatcheck.yaml:1:1 ${name}: is not in this version`,
      ])
    },
  )
})
