// Reads a token set out of an answer, or says in words what is missing and which setting would find it. Pure.
import type { PasswordProviderConfig, TokenPlace } from '../config/config.ts'
import type { Answer } from './answer.ts'
import { fitsCredential } from './credential.ts'
import { expiryOf } from './expiry.ts'
import { describePlace, expiryAt, isUsableToken, tokenAt } from './extract.ts'
import { keysSeen, writeSetting } from './hint.ts'
import { type Claims, jwtClaims } from './jwt.ts'
import { plainText } from './plain-text.ts'
import type { IssuedTokens } from './token-set.ts'

export type Issued =
  | {
      readonly kind: 'issued'
      readonly tokens: IssuedTokens
      readonly accessClaims: Claims | undefined
      readonly idClaims: Claims | undefined
    }
  /** `hint` names keys and settings, never a value. */
  | { readonly kind: 'unreadable'; readonly hint: string }

/** OpenID Connect Core section 3.1.3.3, and its camel-case twin. */
const ID_PLACES: readonly TokenPlace[] = [{ pointer: '/id_token' }, { pointer: '/idToken' }]

export function readIssued(
  config: PasswordProviderConfig,
  answer: Answer,
  now: number,
  isSecret: (key: string) => boolean,
): Issued {
  const { tokens: places, send } = config
  const access = tokenAt(places.access, answer)
  if (access === undefined) {
    return { kind: 'unreadable', hint: missingHint(config, answer, isSecret) }
  }
  if (!isUsableToken(access) || !fitsCredential(send, access)) {
    return { kind: 'unreadable', hint: 'its access token cannot stand in a header' }
  }
  const refresh = tokenAt(places.refresh, answer)
  if (refresh !== undefined && !isUsableToken(refresh)) {
    return { kind: 'unreadable', hint: 'its refresh token cannot stand in a header' }
  }
  const id = tokenAt(ID_PLACES, answer)
  const idClaims = id === undefined || !isUsableToken(id) ? undefined : jwtClaims(id)
  const accessClaims = jwtClaims(access)
  const accessExpiresAt = expiryOf(expiryAt(places.expiresIn, answer), accessClaims?.exp, now)
  const refreshExpiresAt =
    refresh === undefined ? undefined : expiryOf(undefined, jwtClaims(refresh)?.exp, now)
  return {
    kind: 'issued',
    tokens: {
      access,
      ...(accessExpiresAt === undefined ? {} : { accessExpiresAt }),
      ...(refresh === undefined ? {} : { refresh }),
      ...(refreshExpiresAt === undefined ? {} : { refreshExpiresAt }),
      ...(id === undefined || idClaims === undefined ? {} : { id }),
      issuedAt: now,
    },
    accessClaims,
    idClaims,
  }
}

function missingHint(
  config: PasswordProviderConfig,
  answer: Answer,
  isSecret: (key: string) => boolean,
): string {
  const places = config.tokens.access.map(describePlace).join(', ')
  const seen = keysSeen(answer.document, isSecret)
  const cookies = [...answer.cookies.keys()].filter((name) => !isSecret(name))
  const found = [
    seen.pointers.length > 0
      ? `keys seen: ${seen.pointers.join(' ')}`
      : `no JSON keys (${plainText(answer.contentType, 60) ?? 'no content type'})`,
    ...(cookies.length > 0 ? [`cookies seen: ${cookies.slice(0, 10).join(' ')}`] : []),
  ].join('; ')
  const write = writeSetting(config.name, ['tokens', 'access'], seen.likely)
  return `no access token at ${places} (${found}); ${write}`
}
