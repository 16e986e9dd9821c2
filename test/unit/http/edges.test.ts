import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { problems } from '../../../src/errors.ts'
import { bouncePage } from '../../../src/http/bounce.ts'
import { clientIp } from '../../../src/http/client-ip.ts'
import { createHosts } from '../../../src/http/hosts.ts'
import { problemAnswer } from '../../../src/http/problem.ts'
import { cacheControlOf } from '../../../src/http/static.ts'

describe('hosts', () => {
  it('are ours only as the public origin has it', () => {
    const hosts = createHosts('https://app.example.org')

    for (const own of ['app.example.org', 'APP.example.ORG', 'app.example.org:443']) {
      expect(hosts.originOf(own)).toBe('https://app.example.org')
    }
    for (const foreign of [
      undefined,
      '',
      'example.org',
      'app.example.org.',
      'app.example.org:80',
      'app.example.org:4433',
      'app.example.org@evil.example',
      'app.example.org.evil.example',
      'xapp.example.org',
      'alice.localhost',
      'app.example.org, evil.example',
    ]) {
      expect(hosts.originOf(foreign)).toBeUndefined()
    }
  })

  it('on localhost are as many as there are names in front of it, each an origin of its own', () => {
    const hosts = createHosts('http://localhost:3000')

    expect(hosts.originOf('localhost:3000')).toBe('http://localhost:3000')
    expect(hosts.originOf('alice.localhost:3000')).toBe('http://alice.localhost:3000')
    expect(hosts.originOf('Bob.localhost:3000')).toBe('http://bob.localhost:3000')
    for (const foreign of [
      'alice.localhost',
      'alice.localhost:3001',
      'a.b.localhost:3000',
      '-.localhost:3000',
      '.localhost:3000',
      '127.0.0.1:3000',
      'localhost:3000.evil.example',
    ]) {
      expect(hosts.originOf(foreign)).toBeUndefined()
    }
  })
})

describe('the client address', () => {
  it.each([
    // remote, X-Forwarded-For, hops, expected
    ['192.0.2.1', undefined, 0, '192.0.2.1'],
    ['192.0.2.1', '203.0.113.9', 0, '192.0.2.1'],
    ['::ffff:192.0.2.1', undefined, 0, '192.0.2.1'],
    ['10.0.0.1', '203.0.113.9', 1, '203.0.113.9'],
    ['10.0.0.1', '6.6.6.6, 203.0.113.9', 1, '203.0.113.9'],
    ['10.0.0.1', '6.6.6.6, 203.0.113.9, 10.0.0.2', 2, '203.0.113.9'],
    ['10.0.0.1', '203.0.113.9', 3, '203.0.113.9'],
    ['10.0.0.1', '6.6.6.6, not an address', 1, '10.0.0.1'],
    ['10.0.0.1', '203.0.113.9,', 1, '10.0.0.1'],
    ['10.0.0.1', '2001:db8::7', 1, '2001:db8::7'],
    ['10.0.0.1', "1'; drop table", 1, '10.0.0.1'],
    [undefined, undefined, 1, 'unknown'],
  ])('%s behind %j with %i trusted hops is %s', (remote, forwarded, hops, expected) => {
    expect(clientIp(remote, forwarded, hops)).toBe(expected)
  })
})

describe('the bounce page', () => {
  it('runs exactly the script that its policy names', () => {
    const { headers, body } = bouncePage('/next', 'https://app.example.org')

    const script = /<script>(.*)<\/script>/.exec(body)?.[1] ?? ''
    const hash = createHash('sha256').update(script).digest('base64')
    expect(headers['content-security-policy']).toContain(`script-src 'sha256-${hash}'`)
    expect(headers.refresh).toBe('0; url=/next')
  })

  it('cannot be talked into markup', () => {
    const { body } = bouncePage('/a?x="><script>alert(1)</script>&y=1', 'https://app.example.org')

    expect(body.match(/<script>/g)).toHaveLength(1)
    expect(body).toContain('data-to="/a?x=&quot;&gt;&lt;script&gt;')
  })
})

describe('a problem', () => {
  it.each(Object.keys(problems) as Array<keyof typeof problems>)(
    '%s has one status in line, body and table, and names itself',
    (code) => {
      const answer = problemAnswer(code, { reason: 'r', retryAfter: 3 }, 'id-1', { 'x-own': '1' })

      expect(answer.status).toBe(problems[code][0])
      expect(JSON.parse(answer.body)).toEqual({
        type: `urn:coatcheck:problem:${code}`,
        title: problems[code][1],
        status: problems[code][0],
        instance: 'id-1',
        code,
        reason: 'r',
      })
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'coatcheck-problem': code,
        'retry-after': '3',
        'x-own': '1',
        'content-length': String(Buffer.byteLength(answer.body)),
      })
    },
  )
})

it('keeps hashed assets for good and asks again for everything else', () => {
  for (const hashed of ['/assets/app-B3f9aC1x.js', '/main.4f8e21ab.css', '/a/b-0a1b2c3d4e.woff2']) {
    expect(cacheControlOf(hashed)).toBe('public, max-age=31536000, immutable')
  }
  for (const plain of [
    '/index.html',
    '/favicon.ico',
    '/robots.txt',
    '/service-worker.js',
    '/bootstrap-datepicker4.js',
    '/page-12345678.html',
  ]) {
    expect(cacheControlOf(plain)).toBe('no-cache')
  }
})
