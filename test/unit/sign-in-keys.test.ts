import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountsIn, normaliseAccount } from '../../src/sign-in/account.ts'
import { addressKey } from '../../src/sign-in/address-key.ts'

describe('an address', { timeout: 60_000 }, () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    [' 192.0.2.1 ', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['::1', '::/64'],
    ['1', 'unknown'],
    ['0x7f.1', 'unknown'],
    ['010.0.0.1', 'unknown'],
    ['192.0.2.1, 192.0.2.2', 'unknown'],
    ['192.0.2.1:80', 'unknown'],
    ['example.org', 'unknown'],
    ['', 'unknown'],
  ])('%j is named %j', (address, key) => {
    expect(addressKey(address)).toBe(key)
  })

  it('that is any text gets a name and throws nothing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => addressKey(text).length > 0))
  })
})

describe('an account', { timeout: 60_000 }, () => {
  it.each([
    ['ada', 'ada'],
    ['  ADA\t', 'ada'],
    ['Ａｄａ', 'ada'],
    ['Åda', 'åda'],
    ['ﬁnn', 'finn'],
    [`${' '.repeat(5000)}ada${' '.repeat(5000)}`, 'ada'],
    ['x'.repeat(5000), 'x'.repeat(256)],
    ['   ', ''],
  ])('%# has one name however it is written', (typed, name) => {
    expect(normaliseAccount(typed)).toBe(name)
  })

  it('is named by every configured field, each name once', () => {
    const fields = { username: 'Ada', email: 'ada@example.org', login: 'ADA', user: { id: 7 } }

    expect(accountsIn(fields, ['username', 'email', 'login', '/user/id', 'absent'])).toEqual([
      'ada',
      'ada@example.org',
      '7',
    ])
  })

  it('is not named by what is no text, nor by what every object inherits', () => {
    const fields = { username: ['ada'], email: null, login: {}, name: true }

    expect(accountsIn(fields, ['username', 'email', 'login', 'name', 'constructor'])).toEqual([])
  })
})
