import { describe, expect, it } from 'vitest'
import { connectingHost } from '../../../src/lib/listening-host.ts'

describe('the host to connect to', () => {
  it.each([
    ['localhost', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '[::1]'],
    ['::1', '[::1]'],
    ['10.0.0.7', '10.0.0.7'],
  ])('of what listens at %s is %s', (host, there) => {
    expect(connectingHost(host)).toBe(there)
  })
})
