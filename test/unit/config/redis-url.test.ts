import { describe, expect, it } from 'vitest'
import { parseRedisUrl } from '../../../src/config/redis-url.ts'

function parsed(url: string) {
  const place = parseRedisUrl(url)
  if ('complaint' in place) return place.complaint
  return { ...place, password: place.password?.reveal() }
}

describe('the address of a Redis', () => {
  const plain = {
    mode: 'standalone',
    encrypted: false,
    nodes: [{ host: 'cache', port: 6379 }],
    master: undefined,
    username: undefined,
    password: undefined,
    db: 0,
  }

  it.each([
    ['redis://cache', {}],
    ['redis://cache/', {}],
    ['valkey://cache:6379/0', {}],
    ['rediss://cache', { encrypted: true }],
    ['redis://cache/5', { db: 5 }],
    ['redis://:pa%3Ass@cache', { password: 'pa:ss' }],
    ['redis://default:a:b@cache', { username: 'default', password: 'a:b' }],
    ['redis://:p/a@s?s@cache', { password: 'p/a@s?s' }],
    ['redis://ada@cache', { username: 'ada' }],
    ['redis://[::1]:6380', { nodes: [{ host: '::1', port: 6380 }] }],
    [
      'redis+sentinel://:p@a,b:2/main/3',
      {
        mode: 'sentinel',
        nodes: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 2 },
        ],
        master: 'main',
        password: 'p',
        db: 3,
      },
    ],
    [
      'rediss+cluster://a,b:7',
      {
        mode: 'cluster',
        encrypted: true,
        nodes: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 7 },
        ],
      },
    ],
  ])('is read: %s', (url, facts) => {
    expect(parsed(url)).toEqual({ ...plain, ...facts })
  })

  it.each([
    ['http://cache', 'must be redis://'],
    ['cache:6379', 'must be redis://'],
    ['redis://', 'must be redis://'],
    ['redis://cache:0', 'has a host or a port that cannot be'],
    ['redis://cache:65536', 'has a host or a port that cannot be'],
    ['redis://a b', 'has a host or a port that cannot be'],
    ['redis://a,b', 'names several hosts'],
    ['redis://cache/first', 'ends in what is no database'],
    ['redis://cache/-1', 'ends in what is no database'],
    ['redis://cache?db=1', 'takes nothing after the database'],
    ['redis://:%zz@cache', 'has a % in its user or password'],
    ['redis+sentinel://cache', 'lacks the name'],
    ['redis+cluster://cache/1', 'a cluster has only one'],
  ])('is refused, and not quoted: %s', (url, complaint) => {
    expect(parsed(url)).toContain(complaint)
  })
})
