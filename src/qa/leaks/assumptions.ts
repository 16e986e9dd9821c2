// Why nothing can be judged: one sentence that says which assumption of the target file failed, and what to set. Pure.
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { valueAt } from '../../tokens/pointer.ts'
import { readOwner } from './owner.ts'
import type { Observation } from './step.ts'
import type { Target } from './target.ts'

export interface Heard {
  readonly status: number
  /** Names in small letters and values in turn. */
  readonly headers: readonly string[]
  readonly body: string
}

/** After a sign-in that did not leave this user with anything to carry. */
export function whyNotSignedIn(
  seen: Observation | undefined,
  heard: Heard | undefined,
  name: string,
  target: Target,
): string {
  const { signIn, carry } = target
  const call = `the sign-in ${signIn.method} ${target.base}${signIn.path}`
  const status = seen?.status ?? 0
  const common = whyNotAnswered(status, heard, call, target, name)
  if (common !== undefined) return common
  if (status === 401 || status === 403) {
    return `${call} answered ${status} for ${name}; correct the user's fields, or what signIn sends.`
  }
  if (status === 400 || status === 422) {
    return `${call} answered ${status} for ${name}; correct the fields that signIn sends.`
  }
  if (status === 415) {
    return `${call} answered 415 for ${name}; send signIn.${signIn.body?.format === 'form' ? 'json' : 'form'} instead.`
  }
  if (status === 404 || status === 405) {
    return `${call} answered ${status} for ${name}; correct the path or method in signIn.`
  }
  if (status >= 300 && status < 400) {
    return `${call} redirected ${name} to ${whereTo(heard)}; leaks follows redirects within ${target.origin} only, so give the address that answers.`
  }
  if (status >= 400) return `${call} answered ${status} for ${name}; correct signIn.`
  if (carry.kind === 'cookies') {
    return `${call} answered ${status} for ${name} but set no cookie${keysOf(heard)}; set carry to { bearer: … } with where the token is.`
  }
  return `${call} answered ${status} for ${name} but ${carry.from} was missing${keysOf(heard)}; set carry to where the token is.`
}

/** After whoami did not tell who this user is; without `name`, who somebody without a sign-in is. */
export function whyNotTold(
  seen: Observation | undefined,
  heard: Heard | undefined,
  target: Target,
  name = 'a visitor',
): string {
  const { whoami } = target
  const status = seen?.status ?? 0
  const common = whyNotAnswered(
    status,
    heard,
    `whoami GET ${target.base}${whoami.path}`,
    target,
    name,
  )
  if (common !== undefined) return common
  if (status >= 300 && status < 400) {
    return `whoami answered ${status}, a redirect to ${whereTo(heard)}, for ${name} right after the sign-in; correct whoami.get or carry.`
  }
  if (status === 404) return `whoami answered 404 for ${name}; correct whoami.get.`
  if (status >= 400) {
    return `whoami answered ${status} for ${name} right after the sign-in, so the sign-in was not carried; correct carry or whoami.get.`
  }
  const read = readOwner(heard?.body ?? '', whoami.owner)
  if (read.kind === 'unreadable') {
    return read.html
      ? `whoami answered ${status} for ${name} with HTML, not JSON; set whoami.get to what answers JSON, or whoami.owner to { text: … }.`
      : `whoami answered ${status} for ${name} with something that is not JSON; set whoami.get to what answers JSON, or whoami.owner to { text: … }.`
  }
  const where = 'pointer' in whoami.owner ? whoami.owner.pointer : 'the text of whoami.owner'
  if (read.kind === 'missing') {
    return `whoami answered ${status} but ${where} was missing for ${name}${keysOf(heard)}; set whoami.owner.`
  }
  return `whoami answered ${status} for ${name}, and ${where} was another than whoami.is says; set whoami.is, or whoami.owner.`
}

export function whyRateLimited(answers: number, heard: Heard | undefined): string {
  const after = heard && header(heard, 'retry-after')
  const wait = after === undefined || !/^\d{1,6}$/.test(after) ? '' : ` (Retry-After: ${after} s)`
  return `the target limits the rate: 429 after ${answers} answers${wait}; set rate, fewer users or requests, or raise its limit for this test.`
}

function whyNotAnswered(
  status: number,
  heard: Heard | undefined,
  call: string,
  target: Target,
  name: string,
): string | undefined {
  if (status === 0) {
    return `${target.origin} did not answer ${call}; start it, or correct target.`
  }
  if (status === 429) {
    const wait = heard && header(heard, 'retry-after')
    const after = wait === undefined || !/^\d{1,6}$/.test(wait) ? '' : ` (Retry-After: ${wait} s)`
    return `${call} answered 429 for ${name}${after}: the target limits the rate; set rate, fewer users, or raise its limit for this test.`
  }
  if (status >= 500)
    return `${call} answered ${status} for ${name}; the target fails before anything can be judged.`
  return undefined
}

/** Names only: a value could be a secret. */
function keysOf(heard: Heard | undefined): string {
  const json = readJson(heard?.body ?? '')
  const paths = isJsonObject(json)
    ? Object.keys(json).flatMap((key) => {
        const inner = valueAt(json, `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
        return isJsonObject(inner)
          ? Object.keys(inner).map((deeper) => `/${key}/${deeper}`)
          : [`/${key}`]
      })
    : []
  const shown = paths.filter((path) => /^[\w/.-]{1,60}$/.test(path)).slice(0, 8)
  return shown.length === 0 ? '' : ` (it has ${shown.join(' ')})`
}

/** Without its query, which could hold a secret. */
function whereTo(heard: Heard | undefined): string {
  const location = (heard && header(heard, 'location')) ?? ''
  return location.split(/[?#]/, 1)[0] || 'nowhere'
}

function header({ headers }: Heard, name: string): string | undefined {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text === name)
  return at < 0 ? undefined : headers[at + 1]
}
