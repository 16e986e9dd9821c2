import { describe, expect, it } from 'vitest'
import { whyNotStarted } from '../../../src/cli/start-failure.ts'
import { testConfig } from '../../support/gateway.ts'

const config = {
  ...testConfig({ routes: [] }),
  listen: { host: '127.0.0.1', port: 80 },
  operators: { host: 'inside.example', port: 3001 },
}

const why = (facts: object) => whyNotStarted(Object.assign(new Error('no'), facts), config)

describe('why a gateway did not start', () => {
  it('tells a port that this user may not open', () => {
    const facts = { code: 'EACCES', syscall: 'listen', port: 80, address: '127.0.0.1' }

    expect(why(facts)).toBe(
      'Port 80 on 127.0.0.1 is not for this user to open: choose another with --port, 1024 or above.',
    )
  })

  it('tells which of the two listeners has a host that nobody knows', () => {
    const facts = { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'inside.example' }

    expect(why(facts)).toContain('operators.host inside.example is no address of this machine')
  })

  it('leaves everything else in its own words', () => {
    expect(why({ code: 'EACCES', syscall: 'open' })).toBeUndefined()
    expect(why({ code: 'EMFILE', syscall: 'listen' })).toBeUndefined()
    expect(whyNotStarted('no', config)).toBeUndefined()
  })
})
