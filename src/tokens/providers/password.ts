// The password provider: an upstream's own REST sign-in, of any make. Keeps nothing between two calls.
import type { Dispatcher } from 'undici'
import type { PasswordProviderConfig, RefreshConfig } from '../../config/config.ts'
import type { Clock } from '../../lib/clock.ts'
import { headersOf } from '../../lib/flat-headers.ts'
import { createCredential, fitsCredential } from '../credential.ts'
import { expiryOf, refreshAheadMs } from '../expiry.ts'
import { isUsableToken } from '../extract.ts'
import { jwtClaims } from '../jwt.ts'
import type { Provider } from '../provider.ts'
import { createProviderHttp, type ProviderHttp } from './http.ts'
import { createRefresh } from './password-refresh.ts'
import { createSignIn } from './password-sign-in.ts'
import { cookiesOf } from './set-cookie.ts'

const REVOKE_LIMIT_MS = 5_000

/** `dispatcher` verifies TLS and stays its opener's; whoever calls decides about retries, there are none here. */
export function createPasswordProvider(
  config: PasswordProviderConfig,
  { clock, dispatcher }: { readonly clock: Clock; readonly dispatcher: Dispatcher },
): Provider {
  const http = createProviderHttp(dispatcher, clock)
  const { refresh, revoke } = config
  return {
    name: config.name,
    kind: 'password',
    signIn: createSignIn(config, http, clock),
    ...(refresh === undefined
      ? {}
      : {
          refresh: createRefresh(config, refresh, http, clock),
          refreshable: (tokens) => tokens.refresh !== undefined || !needsRefreshToken(refresh),
        }),
    ...(revoke === undefined ? {} : { revoke: createRevoke(revoke, http) }),
    credential: createCredential(config.send),
    ...('cookie' in config.send ? { absorb: createAbsorb(config.send, clock) } : {}),
    refreshAheadMs,
  }
}

function needsRefreshToken({ authorize }: RefreshConfig): boolean {
  if ('bearer' in authorize) return authorize.bearer === 'refresh'
  const fields = 'form' in authorize ? authorize.form : authorize.json
  return Object.values(fields).some((value) => value.includes('{refresh}'))
}

function createRevoke(
  { url, bearer }: NonNullable<PasswordProviderConfig['revoke']>,
  http: ProviderHttp,
): NonNullable<Provider['revoke']> {
  return async (tokens) => {
    const token = tokens[bearer]
    if (token === undefined) return
    const headers = { authorization: `Bearer ${token}` }
    await http.within(REVOKE_LIMIT_MS, undefined, (signal) =>
      http.call({ method: 'POST', url, headers }, signal),
    )
  }
}

/** A cookie that the upstream clears changes nothing here: its next refusal says what that meant. */
function createAbsorb(
  send: { readonly cookie: string },
  clock: Clock,
): NonNullable<Provider['absorb']> {
  return (tokens, rawHeaders) => {
    const lines = headersOf(rawHeaders, 'set-cookie')
    if (lines.length === 0) return undefined
    const now = clock.now()
    const access = cookiesOf(lines, now).get(send.cookie)
    if (access === undefined || access === tokens.access) return undefined
    if (!isUsableToken(access) || !fitsCredential(send, access)) return undefined
    const { owner: _, accessExpiresAt: __, ...kept } = tokens
    const expiresAt = expiryOf(undefined, jwtClaims(access)?.exp, now)
    const expiry = expiresAt === undefined ? {} : { accessExpiresAt: expiresAt }
    return { ...kept, access, ...expiry, issuedAt: now }
  }
}
