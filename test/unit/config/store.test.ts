import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { printConfig } from '../../../src/config/print.ts'
import { createCertificate } from '../../support/certificate.ts'
import { openFolder } from '../../support/folder.ts'
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
    ['{ kind: redis }', 'store.url: is missing: write url: redis://host:6379'],
    ['{ kind: redis, url: "http://redis:6379" }', 'store.url: must be redis:// or rediss://'],
    ['{ kind: redis, url: "redis://redis:99999" }', 'store.url: has a host or a port that cannot'],
    ['{ kind: redis, url: "redis://redis/x" }', 'store.url: ends in what is no database'],
    ['{ kind: redis, url: "redis://redis", path: x }', 'store.path: goes with kind: sqlite'],
    ['{ kind: redis, url: "redis://redis", prefix: "a b" }', 'store.prefix: may have letters'],
    [
      '{ kind: redis, url: "rediss://redis", tls: maybe }',
      'store.tls: must be one of verified, unver',
    ],
    ['{ kind: redis, url: "redis://redis", tls: verified }', 'store.tls: is of no use: the addr'],
    [
      '{ kind: redis, url: "rediss://redis", tls: 1 }',
      'store.tls: must be one of verified, unverified',
    ],
    ['{ kind: redis, url: "rediss://redis", tls: { ca: x } }', 'store.tls.ca: must be a certif'],
    [
      '{ kind: redis, url: "redis://redis", sentinelPassword: x }',
      'store.sentinelPassword: is of no use without redis+sentinel://',
    ],
    ['{ kind: sqlite, url: "redis://redis" }', 'store.url: goes with kind: redis'],
    ['{ kind: sqlite, grace: 3 }', 'store.grace: a duration is a whole number with its unit'],
    ['{ kind: sqlite, timeout: 0s }', 'store.timeout: must be longer than zero'],
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

  it('is waited for 800 ms and not believed in silence, unless that is written, with a warning', async () => {
    const plain = await accepted(own)
    const patient = await accepted(`store: { kind: sqlite, timeout: 2s, grace: 30s }\n${own}`)

    expect([plain.outages, plain.warnings]).toEqual([{ timeoutMs: 800, graceMs: 0 }, []])
    expect(patient.outages).toEqual({ timeoutMs: 2000, graceMs: 30_000 })
    expect(patient.warnings).toEqual([
      'store.grace: while the store is silent, who was signed out elsewhere is served here for up to 30s; leave it out to answer 503 instead',
    ])
  })

  it('is the Redis that REDIS_URL names, where none is written', async () => {
    const redis = { kind: 'redis', mode: 'standalone', nodes: [{ host: 'redis', port: 6379 }] }

    const config = await accepted(own, { env: REDIS })

    expect(config.store).toMatchObject(redis)
    expect(config.store).toMatchObject({ tls: undefined, prefix: 'coatcheck:', timeoutMs: 800 })
    expect('password' in config.store && config.store.password?.reveal()).toBe('canary')
    expect(config.warnings).toEqual([])
    const named = await accepted(`${own}\nstore: { kind: redis, url: "$\{REDIS_URL}" }`, {
      env: REDIS,
    })
    expect([named.store, named.warnings]).toEqual([config.store, []])
    expect(JSON.stringify(config)).not.toContain('canary')
    expect(printConfig(config)).toContain('url: redis://:[secret]@redis:6379')
  })

  it('names the variable that holds a faulty address, and none of its parts', async () => {
    const problems = await refused(own, { env: { REDIS_URL: 'redis://:canary@redis:6379/canary' } })

    expect(problems).toEqual([expect.stringMatching(/^REDIS_URL store\.url: ends in what is no/)])
    expect(problems.join()).not.toContain('canary')
  })

  it('checks the certificate of Redis as COATCHECK_REDIS_TLS says: a word, or the path of a CA file', async () => {
    const { cert } = await createCertificate()
    await using folder = await openFolder({ 'ca.pem': cert })
    const tls = async (value: string) => {
      const env = { REDIS_URL: 'rediss://redis', COATCHECK_REDIS_TLS: value }
      const { store, warnings } = await accepted(own, { env })
      return ['tls' in store && store.tls, warnings.length]
    }

    expect(await tls('')).toEqual(['verified', 0])
    expect(await tls('verified')).toEqual(['verified', 0])
    expect(await tls('unverified')).toEqual(['unverified', 1])
    expect(await tls(join(folder.path, 'ca.pem'))).toEqual([{ ca: cert }, 0])
    const env = { REDIS_URL: 'rediss://redis', COATCHECK_REDIS_TLS: '/nowhere/ca.pem' }
    expect((await refused(own, { env }))[0]).toContain('COATCHECK_REDIS_TLS')
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

  it('is Redis on a dyno that has the add-on, without further ado', async () => {
    const env = { ...THREE, ...REDIS, DYNO: 'web.1' }

    const config = await accepted(undefined, { env })

    expect([config.store.kind, config.warnings]).toEqual(['redis', []])
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
  it.each(['siblings: []', 'frontends: []'])('are refused by name: %s', async (setting) => {
    const name = setting.replace(/:.*/, '')

    expect(await refused(`${setting}\n${own}`)).toEqual([
      `coatcheck.yaml:1:1 ${name}: is not in this version`,
    ])
  })
})
