import { describe, expect, it } from 'vitest'
import { ownsTokens } from '../../../src/proxy/guard.ts'
import { judgeRefusal } from '../../../src/proxy/replay.ts'
import type { OpenSession } from '../../../src/session/session.ts'
import { createTicket } from '../../../src/session/ticket.ts'
import type { Provider } from '../../../src/tokens/provider.ts'
import type { TokenSet } from '../../../src/tokens/token-set.ts'

const NOW = 1_000_000
const ticket = createTicket((size) => Buffer.alloc(size, 1))
const old: TokenSet = {
  owner: ticket.storeKey,
  access: 'old',
  refresh: 'r',
  issuedAt: NOW - 60_000,
}

function session(tokens?: TokenSet): OpenSession {
  const record = {
    version: 1,
    revision: 1,
    state: 'active',
    provider: 'main',
    sub: 'ada',
    ref: 'r',
    device: '',
    createdAt: 0,
    seenAt: 0,
    idleAt: NOW * 2,
    endsAt: NOW * 2,
    sealed: new Uint8Array(0),
  } as const
  const content = { claims: {}, tokens: tokens ? { main: tokens } : {} }
  return { ticket, record, content, seenAt: 0, idleAt: NOW * 2, touchedAt: 0 }
}

const provider: Provider = {
  name: 'main',
  kind: 'password',
  credential: ({ access }) => ['authorization', `Bearer ${access}`],
  refreshAheadMs: () => 0,
  refresh: async () => ({ kind: 'refused' }),
  refreshable: ({ refresh }) => refresh !== undefined,
}
const { refresh: _, ...withoutRefresh } = provider

describe('an upstream’s 401', () => {
  it.each([
    [
      'for an old token that is still the current one asks for a renewal',
      session(old),
      provider,
      old,
      'refresh',
    ],
    [
      'for a token that has been renewed since asks again with the new one',
      session({ ...old, access: 'new' }),
      provider,
      old,
      'replay',
    ],
    [
      'for a token younger than 30 s is the upstream’s own business',
      session({ ...old, issuedAt: NOW - 30_000 }),
      provider,
      { ...old, issuedAt: NOW - 30_000 },
      'pass_on',
    ],
    [
      'for a token that nothing renews and that has an end passes',
      session({ ...old, accessExpiresAt: NOW + 1 }),
      withoutRefresh,
      { ...old, accessExpiresAt: NOW + 1 },
      'pass_on',
    ],
    [
      'for a token that nothing renews and that nobody knew the end of is its end',
      session(old),
      withoutRefresh,
      old,
      'end',
    ],
    [
      'for a token whose renewal has expired is its end',
      session({ ...old, refreshExpiresAt: NOW }),
      provider,
      { ...old, refreshExpiresAt: NOW },
      'end',
    ],
  ] as const)('%s', (_name, current, by, refused, outcome) => {
    expect(judgeRefusal(current, by, refused, NOW)).toBe(outcome)
  })
})

it('the guard lets a token go only with the ticket it was unsealed for', () => {
  const other = createTicket((size) => Buffer.alloc(size, 2))

  expect(ownsTokens(ticket, old)).toBe(true)
  expect(ownsTokens(other, old)).toBe(false)
})
