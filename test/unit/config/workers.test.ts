import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { accepted, refused, THREE } from './loading.ts'

const workers = async (env: object, yaml?: string) =>
  (await accepted(yaml, { env: { ...THREE, ...env } })).workers

describe('workers', () => {
  it('is one, unless it is written, or WEB_CONCURRENCY says so where it is not', async () => {
    expect(await workers({})).toBe(1)
    expect(await workers({ WEB_CONCURRENCY: '' })).toBe(1)
    expect(await workers({ WEB_CONCURRENCY: '3' })).toBe(3)
    expect(await workers({ WEB_CONCURRENCY: '3' }, 'workers: 2')).toBe(2)
    expect(await workers({ WEB_CONCURRENCY: '3', COATCHECK__WORKERS: '4' })).toBe(4)
  })

  it('is one for each processor where it is auto', async () => {
    expect(await workers({}, 'workers: auto')).toBe(availableParallelism())
    expect(await workers({ WEB_CONCURRENCY: 'auto' })).toBe(availableParallelism())
  })

  it.each(['many', '2.5', '-'])('is refused where it is no number: %s', async (WEB_CONCURRENCY) => {
    expect(await refused(undefined, { env: { ...THREE, WEB_CONCURRENCY } })).toEqual([
      'WEB_CONCURRENCY workers: must be a whole number of 1 or more, or auto',
    ])
  })

  it('is refused where it is out of all bounds', async () => {
    for (const WEB_CONCURRENCY of ['0', '257']) {
      expect(await refused(undefined, { env: { ...THREE, WEB_CONCURRENCY } })).toEqual([
        'WEB_CONCURRENCY workers: must be between 1 and 256',
      ])
    }
  })

  it.each(['2', 'auto'])('%s are refused where processes do not share the store', async (count) => {
    const env = { ...THREE, COATCHECK__STORE__KIND: 'memory', WEB_CONCURRENCY: count }

    expect(await refused(undefined, { env })).toEqual([
      'WEB_CONCURRENCY workers: needs a store that processes share, and memory is not: write store: { kind: sqlite }, or workers: 1',
    ])
    expect(await workers(env, 'workers: 1')).toBe(1)
  })
})
