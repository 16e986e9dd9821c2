// The settings of a password provider, complete, for an upstream that signs in as the Mentorship System does.
import type { PasswordProviderConfig } from '../../src/config/config.ts'

/** Named `main`; `home` is the upstream's origin. */
export function passwordProvider(
  home: string,
  changes: Partial<PasswordProviderConfig> = {},
): PasswordProviderConfig {
  return {
    kind: 'password',
    name: 'main',
    signIn: {
      url: new URL('/login', home),
      also: '/api/login',
      format: 'json',
      fields: undefined,
      alsoSend: {},
      account: ['username', 'email'],
    },
    tokens: {
      access: [{ pointer: '/access_token' }],
      refresh: [{ pointer: '/refresh_token' }],
      expiresIn: [],
    },
    refresh: { url: new URL('/refresh', home), authorize: { bearer: 'refresh' } },
    revoke: undefined,
    identity: { claims: ['sub', 'identity'], nameClaims: ['name'] },
    send: { template: 'Bearer {access}' },
    timeoutMs: 20_000,
    ca: undefined,
    ...changes,
  }
}
