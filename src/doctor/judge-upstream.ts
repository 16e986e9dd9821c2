// Can every upstream be reached, is its certificate good for a while, and is there a sign-in where we think it is?
import { type Finding, findingsOf } from './finding.ts'

export interface UpstreamFacts {
  readonly origin: string
  readonly answer:
    | { readonly kind: 'failed'; readonly code: string }
    | { readonly kind: 'answered'; readonly status: number; readonly daysLeft: number | undefined }
}

const SOON_DAYS = 14

export function judgeUpstream({ origin, answer }: UpstreamFacts): Finding {
  const { ok, warning, problem } = findingsOf('upstream')
  if (answer.kind === 'failed') return problem(`${origin} ${whyUnreached(answer.code)}`)
  const { status, daysLeft } = answer
  if (status === 502 || status === 503 || status === 504) {
    return warning(`${origin} answers ${status}: look at what is behind it`)
  }
  const ending = daysLeft === undefined ? undefined : certificateWords(daysLeft)
  if (ending !== undefined) return warning(`${origin} ${ending}`)
  return ok(daysLeft === undefined ? origin : `${origin}, certificate for ${daysLeft} days`)
}

export interface SignInFacts {
  /** `signInSetting` of the provider. */
  readonly setting: string
  /** To OPTIONS and then GET; undefined where nothing came. */
  readonly statuses: readonly (number | undefined)[]
}

/** Undefined where nobody answered: the upstream's own finding says so. */
export function judgeSignIn({ setting, statuses }: SignInFacts): Finding | undefined {
  const { ok, warning } = findingsOf('sign-in')
  if (statuses.some((status) => status === undefined)) return undefined
  if (!statuses.every((status) => status === 404)) return ok(setting)
  return warning(`nothing seems to be there (404): look at ${setting}`)
}

/** Undefined while it is good for long enough. */
export function certificateWords(daysLeft: number): string | undefined {
  if (daysLeft >= SOON_DAYS) return undefined
  return `has a certificate for ${Math.max(0, daysLeft)} more days: renew it`
}

export function whyUnreached(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'refuses connections: start it, or mend host and port'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'is a name that nobody knows: mend the host'
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'does not answer: mend host and port, or open the way to it'
    case 'CERT_HAS_EXPIRED':
      return 'shows a certificate that has expired: renew it'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'shows a certificate for another name: use the name it was made for'
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'shows a certificate that no known authority signed: give the authority with ca: { file: ca.pem }'
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'EPROTO':
      return 'does not speak TLS: write http:// instead of https://, or mend the port'
    default:
      return `cannot be asked (${code}): mend host and port`
  }
}
