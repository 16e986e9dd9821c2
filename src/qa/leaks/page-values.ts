// What a page has for a sign-in or a sign-out: a field, a meta element, a value of JSON, a cookie. Pure.
import { readJson } from '../../tokens/json.ts'
import { valueAt } from '../../tokens/pointer.ts'
import { whereTo, whyNoCall } from './assumptions.ts'
import { type Tag, tagsIn } from './html-tags.ts'
import { whyNoAnswer } from './no-answer.ts'
import { type OfPage, ofPage, placeholdersIn } from './placeholders.ts'
import { type Form, formsIn, passwordsIn } from './sign-in-form.ts'
import type { Action, Target } from './target.ts'
import type { WireAnswer } from './wire.ts'

export interface PageAsked {
  readonly action: Action
  readonly does: 'sign-in' | 'sign-out'
  readonly user: string
  /** Undefined where the action has no page. */
  readonly answer: WireAnswer | undefined
  /** Of the user, for the service. */
  readonly cookies: ReadonlyArray<readonly [name: string, value: string]>
}

export type PageValues =
  /** By placeholder, braces aside. */
  | { readonly ok: true; readonly values: ReadonlyMap<string, string> }
  /** `why`: one sentence, with its mend. */
  | { readonly ok: false; readonly why: string }

/** The placeholders of an action that are not filled with fields of its user. */
export function takenFromPage({ headers, body }: Action): string[] {
  return placeholdersIn([headers, body?.fields]).filter(ofPage)
}

export function pageValues(asked: PageAsked, target: Target): PageValues {
  const values = new Map<string, string>()
  const wanted = takenFromPage(asked.action)
  const unfit = asked.answer && whyNoPage(asked, asked.answer, target)
  if (unfit !== undefined) return { ok: false, why: unfit }
  const body = asked.answer?.kind === 'answer' ? asked.answer.body : ''
  const tags = wanted.some((name) => isElement(ofPage(name))) ? tagsIn(body) : []
  for (const placeholder of wanted) {
    const one = ofPage(placeholder)
    if (!one) continue
    const value =
      one.kind === 'cookie'
        ? cookieIn(asked.cookies, one.name)
        : isElement(one)
          ? elementIn(tags, one.name, asked.action, target)
          : textIn(readJson(body), one.name)
    if (value === undefined || value === '') {
      return { ok: false, why: whyMissing(one, value, asked, { target, tags }) }
    }
    values.set(placeholder, value)
  }
  return { ok: true, values }
}

/** Rather than a JSON Pointer. */
function isElement(one: OfPage | undefined): boolean {
  return one?.kind === 'page' && !one.name.startsWith('/')
}

/** As the browser's own scripts would send it back: percent-decoded. */
function cookieIn(cookies: PageAsked['cookies'], name: string): string | undefined {
  const found = cookies.find(([one]) => one === name)
  if (!found) return undefined
  try {
    return decodeURIComponent(found[1])
  } catch {
    return found[1]
  }
}

/** Of the form that is sent, or else the one with a password; before any other, and before a meta element. */
function elementIn(
  tags: readonly Tag[],
  name: string,
  action: Action,
  target: Target,
): string | undefined {
  const forms = formsIn(tags)
  const valueIn = ({ inputs }: Pick<Form, 'inputs'>) =>
    inputs.find((input) => input.name === name)?.value
  const sent = forms.filter((form) => isSent(form, action, target))
  const asking = forms.filter(({ inputs }) => passwordsIn(inputs) === 1)
  const any = tags.filter((tag) => tag.name === 'input').map(({ attributes }) => attributes)
  const inputs = [...sent, ...asking, { inputs: any }].map(valueIn)
  const meta = tags.find((tag) => tag.name === 'meta' && tag.attributes.name === name)
  return inputs.find((value) => value !== undefined) ?? meta?.attributes.content
}

function isSent({ attributes }: Form, action: Action, { origin, base }: Target): boolean {
  const place = origin + base
  const goesTo = URL.parse(attributes.action ?? '', place + (action.page ?? '/'))
  return goesTo?.pathname === URL.parse(place + action.path)?.pathname
}

function textIn(json: unknown, pointer: string): string | undefined {
  const value = valueAt(json, pointer)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function callOf({ action, does }: PageAsked, { base }: Target): string {
  return `the page GET ${base}${action.page ?? ''} of the ${does}`
}

/** Its name in the target file. */
function settingOf({ does }: PageAsked): string {
  return does === 'sign-in' ? 'signIn' : 'signOut'
}

function whyNoPage(asked: PageAsked, answer: WireAnswer, target: Target): string | undefined {
  const call = callOf(asked, target)
  const setting = `${settingOf(asked)}.page`
  if (answer.kind === 'none') {
    return `${target.origin} did not answer ${call}: ${whyNoAnswer(target.origin, answer.why)}`
  }
  const { status } = answer
  const said = `${call} answered ${status} for ${asked.user}`
  const common = whyNoCall(said, answer, target)
  if (common !== undefined) return common
  if (status >= 400) return `${said}; correct ${setting}.`
  if (status >= 300) {
    return `${call} redirected ${asked.user} to ${whereTo(answer)}, and on from there; set ${setting} to what answers.`
  }
  return undefined
}

function whyMissing(
  one: OfPage,
  value: string | undefined,
  asked: PageAsked,
  { target, tags }: { readonly target: Target; readonly tags: readonly Tag[] },
): string {
  const { action, answer, cookies, user } = asked
  const { status = 0, body = '' } = answer?.kind === 'answer' ? answer : {}
  const setting = settingOf(asked)
  const written = `{${one.kind}:${one.name}}`
  const said = `${callOf(asked, target)} answered ${status} for ${user}`
  if (one.kind === 'cookie') {
    const names = cookies.map(([name]) => name)
    const had = listed('there are', names)
    return action.page === undefined
      ? `${user} has no cookie ${one.name} for the ${asked.does}${had}; correct ${written} in ${setting}.`
      : `${said} and left no cookie ${one.name}${had}; correct ${written} in ${setting}, or ${setting}.page.`
  }
  if (!isElement(one)) {
    return `${said} without a text at ${one.name}; correct ${written} in ${setting}, or ${setting}.page.`
  }
  if (!/^\s*</.test(body)) {
    const what = body.trim() === '' ? 'nothing in it' : 'something that is not HTML'
    return `${said} with ${what}; set ${setting}.page to the page that has ${one.name}${readJson(body) === undefined ? '' : ', or write {page:/…} with its place in this JSON'}.`
  }
  if (value === '') {
    return `${said}, and its field ${one.name} is empty: a script of the page may fill it in; take the value from elsewhere, such as "{cookie:NAME}".`
  }
  const names = tags
    .filter(({ name, attributes: { type = '' } }) => name === 'meta' || /^hidden$/i.test(type))
    .map(({ attributes }) => attributes.name ?? '')
  return `${said} without a field or meta element ${one.name}${listed('it has', names)}; correct ${written} in ${setting}, or ${setting}.page.`
}

function listed(before: string, names: readonly string[]): string {
  const shown = [...new Set(names)].filter((name) => /^[\w.:[\]-]{1,60}$/.test(name)).slice(0, 8)
  return shown.length === 0 ? '' : ` (${before} ${shown.join(' ')})`
}
