// Whether a name says that what stands under it is a secret: of a field, a header, a parameter, an element. Pure.

/** Secrets however the name goes on: written together they have no words to tell apart. */
const PARTS =
  /passw|passphrase|passcode|passwd|secret|token|authoriz|credential|cookie|jwt|csrf|xsrf|signature|verifier|assertion|bearer|apikey|accesskey|privatekey|secretkey|sessionid|sessid|sessionkey|passkey|otpcode|pincode|samlresponse/
/** Secrets where one of the words is this. */
const WORDS: ReadonlySet<string> = new Set(
  'pass pwd pw otp otps totp pin pins sid sig hmac secret token jwt userpass userpwd'.split(' '),
)
/** Secrets where this is the whole name, but for an `x` before it. */
const WHOLE: ReadonlySet<string> = new Set('code auth key session refresh'.split(' '))
/** A code of these is a secret: of a country, a status or an error it is none. */
const CODES: ReadonlySet<string> = new Set(
  'auth mfa fa verification security sms login access recovery backup device reset invite invitation confirmation activation time'.split(
    ' ',
  ),
)
/** A key of these is. */
const KEYS: ReadonlySet<string> = new Set(
  'activation signing encryption master license recovery shared'.split(' '),
)

/** What has none of these and no escape is none: most names. */
const MAYBE =
  /pass|pw|secret|token|key|sess|otp|pin|sid|sig|code|auth|refresh|cred|cookie|jwt|[cx]srf|verif|assert|bearer|hmac|saml|[^\0-\x24\x26-\x5b\x5d-\x7f]/i

/** Longer ones are nobody's: their end is judged. */
const MOST = 256
/** As often as this an escape may be escaped again. */
const TIMES = 4

/** In whatever case, with whatever between its words, escaped as in JSON or in addresses, even more than once. */
export function isSecretName(name: string): boolean {
  if (!MAYBE.test(name)) return false
  const words = wordsOf(name)
  if (PARTS.test(words.join(''))) return true
  if (words.some((word) => WORDS.has(word))) return true
  if (words.some(isOf('code')) && words.some((word) => CODES.has(word))) return true
  if (words.some(isOf('key')) && words.some((word) => KEYS.has(word))) return true
  const own = wordsOf(
    plainName(name)
      .split(/[?&#;/]/)
      .at(-1) ?? '',
  )
  const [first, second] = own
  return own.length === 2 && first === 'x'
    ? WHOLE.has(second ?? '')
    : own.length === 1 && WHOLE.has(first ?? '')
}

/** The same for whatever is spelled alike: `X-Tenant-Key` and `tenantKey` are not, `tenant_key` and `tenantKey` are. */
export function normalName(name: string): string {
  return wordsOf(name).join('_')
}

/** One or many. */
function isOf(what: string): (word: string) => boolean {
  return (word) => word.startsWith(what) && word.length <= what.length + 1
}

function wordsOf(name: string): string[] {
  return plainName(name)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replace(/(\d)(\D)/g, '$1 $2')
    .replace(/([^\d ])(\d)/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}

function plainName(name: string): string {
  let plain = name.slice(-MOST)
  for (let time = 0; time < TIMES && /[\\%]/.test(plain); time++) {
    const before = plain
    plain = plain
      .replace(/\\{2,}/g, '\\')
      .replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => characterOf(hex))
      .replace(/\\x([0-9a-fA-F]{2})/g, (_, hex: string) => characterOf(hex))
      .replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => characterOf(hex))
    if (plain === before) break
  }
  return /[^\0-\x7f]/.test(plain) ? plain.normalize('NFKC') : plain
}

function characterOf(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}
