import { describe, expect, it } from 'vitest'
import type { OwnerConfig } from '../../../src/config/config.ts'
import type { Unchecked } from '../../../src/proxy/owner-rule.ts'
import { createOwnerTally, uncheckedAdvice } from '../../../src/proxy/owner-tally.ts'

function setUp() {
  const told: [route: string, why: Unchecked][] = []
  const tally = createOwnerTally((route, why) => told.push([route, why]))
  const add = (count: number, why: Unchecked, route = '/api/*') => {
    for (let nth = 0; nth < count; nth++) tally.add('unchecked', route, why)
  }
  return { told, tally, add }
}

describe('a rule that never finds an owner', () => {
  it('is told of once for each route, with the commonest reason', () => {
    const { told, add } = setUp()

    add(8, 'not_json')
    add(11, 'no_owner')
    add(20, 'too_long', '/big')
    expect(told).toEqual([['/big', 'too_long']])
    add(100, 'not_json')

    expect(told).toEqual([
      ['/big', 'too_long'],
      ['/api/*', 'no_owner'],
    ])
  })

  it('is not suspected by answers that need not say whose they are', () => {
    const { told, add } = setUp()

    add(100, 'says_nothing')
    add(19, 'no_owner')

    expect(told).toEqual([])
  })

  it.each(['own', 'foreign'] as const)('is none where one answer was %s', (outcome) => {
    const { told, tally, add } = setUp()

    add(19, 'no_owner')
    tally.add(outcome, '/api/*')
    add(100, 'no_owner')

    expect(told).toEqual([])
  })

  it('comes with what to set', () => {
    const field: OwnerConfig = { field: '/me/name', is: 'email', on: 'refuse' }
    const header: OwnerConfig = { header: 'x-user-id', is: 'sub', on: 'refuse' }

    expect(uncheckedAdvice('no_owner', field)).toMatch(/nothing at \/me\/name; .* owner\.field$/)
    expect(uncheckedAdvice('no_owner', header)).toMatch(/nothing at x-user-id; .* owner\.header$/)
    expect(uncheckedAdvice('not_known', field)).toMatch(/without email; .* owner\.is and claims$/)
    expect(uncheckedAdvice('too_long', field)).toMatch(/64 KiB; use owner\.header$/)
    expect(uncheckedAdvice('compressed', field)).toMatch(/gzip or br, or owner\.header$/)
  })
})
