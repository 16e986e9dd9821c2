// Why nothing can be judged: one sentence that says which assumption of the target file failed, and what to set. Pure.
import { headerOf } from '../../lib/flat-headers.ts'
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { pointerStep, valueAt } from '../../tokens/pointer.ts'
import { isSecretName } from '../record/secret-names.ts'
import { whyNoAnswer } from './no-answer.ts'
import { readOwner } from './owner.ts'
import { asksForPassword } from './sign-in-form.ts'
import { placeOf, type Target } from './target.ts'
import { unreadMends, whyUnread } from './unsearched.ts'
import type { WireAnswer } from './wire.ts'

type Heard = Extract<WireAnswer, { kind: 'answer' }>

/** After a sign-in that did not leave this user with anything to carry. */
export function whyNotSignedIn(
  answer: WireAnswer | undefined,
  name: string,
  target: Target,
): string {
  const { signIn, carry } = target
  const call = `the sign-in ${signIn.method} ${target.base}${signIn.path}`
  if (answer?.kind !== 'answer') return notAnswered(call, answer, target)
  const { status } = answer
  const said = `${call} answered ${status} for ${name}`
  const common = whyNoCall(said, answer, target) ?? whyAsksMore(said, answer, target)
  if (common !== undefined) return common
  if (status === 401 || status === 403) {
    return `${said}; correct the user's fields, or what signIn sends.`
  }
  if (status === 400 || status === 422) return `${said}; correct the fields that signIn sends.`
  if (status === 415) {
    return `${said}; send signIn.${signIn.body?.format === 'form' ? 'json' : 'form'} instead.`
  }
  if (status === 404 || status === 405) return `${said}; correct the path or method in signIn.`
  if (status >= 300 && status < 400) {
    if (isWithin(answer, target)) {
      return `${call} redirected ${name} again and again, at last to ${whereTo(answer)}: a loop; correct the path in signIn, or what it sends.`
    }
    return `${call} redirected ${name} to ${whereTo(answer)}; leaks follows redirects within ${target.origin} only, so give the address that answers.`
  }
  if (status >= 400) return `${said}; correct signIn.`
  const hasCookie = headerOf(answer.headers, 'set-cookie') !== undefined
  if (isPage(answer) && (carry.kind !== 'cookies' || !hasCookie)) {
    return `${said} with an HTML page${carry.kind === 'cookies' ? ' and no cookie' : ''}: is ${target.origin} where the frontend is, not the service, or signIn another path?`
  }
  if (carry.kind !== 'cookies') {
    return `${said} but ${carry.from} was missing${keysOf(answer)}; set carry to where the token is.`
  }
  return !hasCookie
    ? `${said} but set no cookie${keysOf(answer)}; set carry to { bearer: … } with where the token is.`
    : `${said} with a cookie that no browser would send back to ${placeOf(target)} (Secure, or for another host or path); give the address that the cookie is for.`
}

/** After whoami did not tell who this user is; without `who`, who somebody without a sign-in is. */
export function whyNotTold(
  answer: WireAnswer | undefined,
  target: Target,
  who?: { readonly name: string; readonly signIn: WireAnswer | undefined },
): string {
  const { whoami, signIn, base } = target
  if (answer?.kind !== 'answer') {
    return notAnswered(`whoami GET ${base}${whoami.path}`, answer, target)
  }
  const { name = 'a visitor' } = who ?? {}
  const { status } = answer
  const said = `whoami answered ${status} for ${name}`
  const common = whyNoCall(said, answer, target)
  if (common !== undefined) return common
  const entered = who?.signIn?.kind === 'answer' ? who.signIn : undefined
  if (entered && (status >= 300 || [answer, entered].some(({ body }) => asksForPassword(body)))) {
    const call = `the sign-in ${signIn.method} ${base}${signIn.path}`
    const more = whyAsksMore(`${call} answered ${entered.status} for ${name}`, entered, target)
    if (more !== undefined) return more
  }
  if (status >= 300 && status < 400 && isWithin(answer, target)) {
    return `whoami redirected ${name} again and again, at last to ${whereTo(answer)}: a loop; correct whoami.get or carry.`
  }
  if (status >= 300 && status < 400) {
    return `whoami answered ${status}, a redirect to ${whereTo(answer)}, for ${name} right after the sign-in; correct whoami.get or carry.`
  }
  if (status === 404) return `${said}; correct whoami.get.`
  if (status >= 400) {
    return `${said} right after the sign-in, so the sign-in was not carried; correct carry or whoami.get.`
  }
  if (answer.unread !== undefined) {
    return `${said} with what could not be searched whole: ${whyUnread[answer.unread]}; ${unreadMends[answer.unread]}.`
  }
  if (asksForPassword(answer.body)) {
    return `whoami led ${name} to a page that asks for a password right after the sign-in, so the sign-in failed or was not carried; correct the user's fields, what signIn sends, or carry.`
  }
  return whyNoOwner(said, answer, name, target)
}

function whyNoOwner(said: string, answer: Heard, name: string, target: Target): string {
  const { owner } = target.whoami
  const read = readOwner(answer.body, owner)
  if (read.kind === 'unreadable') {
    const what = read.html
      ? 'HTML, not JSON'
      : answer.body.trim() === ''
        ? 'nothing in it'
        : 'something that is not JSON'
    return `${said} with ${what}; set whoami.get to what answers JSON, or whoami.owner to { text: … }.`
  }
  const where = 'pointer' in owner ? owner.pointer : 'the text of whoami.owner'
  if (read.kind === 'missing') {
    return `whoami answered ${answer.status} but ${where} was missing for ${name}${keysOf(answer)}; set whoami.owner.`
  }
  const fields = target.users.find((user) => user.name === name)?.fields ?? {}
  const open = Object.keys(fields).filter((one) => !isSecretName(one))
  const field = open.find((one) => fields[one] === read.value)
  const mend =
    field === undefined ? 'set whoami.is, or whoami.owner' : `set whoami.is to "{${field}}"`
  return `${said}, and ${where} was another than whoami.is says; ${mend}.`
}

export function whyRateLimited(answers: number, answer: WireAnswer | undefined): string {
  return `the target limits the rate: 429 after ${answers} answers${waitOf(answer)}; set rate, fewer users or requests, or raise its limit for this test.`
}

function notAnswered(call: string, answer: WireAnswer | undefined, { origin }: Target): string {
  const why = answer?.kind === 'none' ? answer.why : 'nothing'
  return `${origin} did not answer ${call}: ${whyNoAnswer(origin, why)}`
}

/** What any call may meet, whatever it was for. */
export function whyNoCall(said: string, answer: Heard, target: Target): string | undefined {
  const { status, body } = answer
  if (status === 429) {
    return `${said}${waitOf(answer)}: the target limits the rate; set rate, fewer users, or raise its limit for this test.`
  }
  if (status === 421 || ([400, 403].includes(status) && WRONG_HOST.test(body))) {
    return `${said}: it does not know itself as ${new URL(placeOf(target)).host}; set target to the name that it goes by, or headers: { host: … } to that name.`
  }
  if (status >= 500) return `${said}; the target fails before anything can be judged.`
  return undefined
}

const WRONG_HOST =
  /(invalid|disallowed|blocked|unknown)[ _]?(http_)?hosts?\b|\bhosts?\b.{0,60}\bnot allowed/i
const CSRF = /csrf|xsrf|forgery|authenticity.?token/i
/** Neither what says that there is none, nor letters within a token. */
const SECOND_FACTOR =
  /(?<![a-z0-9])(2fa|mfa|t?otp|(two|second|multi)[-_ ]?factor)(?!\w*"?\s*:\s*(false|null))(?=[\W_]|auth|code|required|token)/i
const WANTED = /required|needed|missing|expected|enter/i

/** A sign-in that needs something which the file cannot give it. */
function whyAsksMore(said: string, answer: Heard, { signIn, base }: Target): string | undefined {
  const { status, headers, body } = answer
  if (headerOf(headers, 'coatcheck-problem') === 'csrf_refused') {
    return `${said}, csrf_refused: this gateway wants a header with it; set signIn.headers to { X-CSRF: "1" }.`
  }
  if (status === 419 || ([400, 401, 403, 422].includes(status) && CSRF.test(body))) {
    const { page } = signIn
    return page === undefined
      ? `${said}: it wants a CSRF token of a page that it served before; set signIn.page to that page, and "{page:NAME}" in place of the token ("coatcheck qa init" finds both).`
      : `${said}: it refused the CSRF token that the page GET ${base}${page} had; correct where signIn sends it, or see whether that page comes from a cache.`
  }
  if (SECOND_FACTOR.test(body) && (status < 300 || WANTED.test(body)) && !/^\s*</.test(body)) {
    return `${said} and wants a second factor, which leaks cannot give; use users without one.`
  }
  if (status < 300 && asksForPassword(body)) {
    return `${said} with a page that asks for the password again; correct the user's fields, or what signIn sends.`
  }
  return undefined
}

function waitOf(answer: WireAnswer | undefined): string {
  const after = answer?.kind === 'answer' ? headerOf(answer.headers, 'retry-after') : undefined
  return after === undefined || !/^\d{1,6}$/.test(after) ? '' : ` (Retry-After: ${after} s)`
}

/** Names only: a value could be a secret. */
function keysOf({ body }: Heard): string {
  const json = readJson(body)
  const paths = isJsonObject(json)
    ? Object.keys(json).flatMap((key) => {
        const inner = valueAt(json, `/${pointerStep(key)}`)
        return isJsonObject(inner)
          ? Object.keys(inner).map((deeper) => `/${key}/${deeper}`)
          : [`/${key}`]
      })
    : []
  const shown = paths.filter((path) => /^[\w/.-]{1,60}$/.test(path)).slice(0, 8)
  return shown.length === 0 ? '' : ` (it has ${shown.join(' ')})`
}

function isPage({ headers, body }: Heard): boolean {
  return (
    /^text\/html\b/i.test(headerOf(headers, 'content-type') ?? '') || /^\s*<(!|html)/i.test(body)
  )
}

/** A redirect that was followed, until there were too many. */
function isWithin({ headers }: Heard, { origin, base }: Target): boolean {
  const next = URL.parse(headerOf(headers, 'location') ?? '', origin)
  return next?.origin === origin && next.pathname.startsWith(base)
}

/** Without its query, which could hold a secret. */
export function whereTo({ headers }: Pick<Heard, 'headers'>): string {
  return (headerOf(headers, 'location') ?? '').split(/[?#]/, 1)[0] || 'nowhere'
}
