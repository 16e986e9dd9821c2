// The form of a page in which one signs in: where it goes and what it sends. Looks for no more than that. Pure.
import type { FieldSeen } from './found.ts'
import { type Attributes, type Tag, tagsIn } from './html-tags.ts'

export interface SignInForm {
  /** As it stands in the page; empty where the form goes to the page's own address. */
  readonly action: string
  readonly fields: readonly FieldSeen[]
  /** Hidden fields that are made anew for each page. */
  readonly oneTime: readonly string[]
}

export interface Form {
  readonly attributes: Attributes
  readonly inputs: readonly Attributes[]
}

/** `undefined` where no form of the page asks for exactly one password and posts it. */
export function signInForm(html: string): SignInForm | undefined {
  for (const { attributes, inputs } of formsIn(tagsIn(html))) {
    const { method = 'get', action = '', enctype = '' } = attributes
    // Two are a form to register, or to change a password.
    if (method.toLowerCase() !== 'post' || passwordsIn(inputs) !== 1) continue
    if (enctype.toLowerCase() === 'multipart/form-data') continue
    return { action, ...sentBy(inputs) }
  }
  return undefined
}

/** What is another in the same form of another visit is made anew for each page, whatever it is called. */
export function comparedWith(form: SignInForm, other: SignInForm | undefined): SignInForm {
  if (!other) return form
  const theirs = new Map(other.fields.map(({ name, constant }) => [name, constant]))
  const isKept = ({ name, constant }: FieldSeen) =>
    constant === undefined || theirs.get(name) === constant
  const changing = form.fields.filter((field) => !isKept(field)).map(({ name }) => name)
  return {
    ...form,
    fields: form.fields.filter(isKept),
    oneTime: [...form.oneTime, ...changing],
  }
}

/** The name of the meta element with a token for scripts, if there is one. */
export function tokenElement(html: string): string | undefined {
  const names = tagsIn(html)
    .filter(({ name, attributes }) => name === 'meta' && attributes.content !== '')
    .map(({ attributes }) => attributes.name ?? '')
  return names.find((name) => /^(_csrf|(csrf|xsrf)[-_]?token)$/i.test(name))
}

export function formsIn(tags: readonly Tag[]): Form[] {
  const forms: Array<{ attributes: Attributes; inputs: Attributes[] }> = []
  let open: Attributes[] | undefined
  for (const { name, attributes } of tags) {
    if (name === 'form' && !open) {
      open = []
      forms.push({ attributes, inputs: open })
    } else if (name === '/form') open = undefined
    else if (name === 'input') open?.push(attributes)
  }
  return forms
}

export function passwordsIn(inputs: readonly Attributes[]): number {
  return inputs.filter(({ type = '' }) => type.toLowerCase() === 'password').length
}

/** Whether this page is one to sign in with; where a password is changed, more than one is asked for. */
export function asksForPassword(body: string): boolean {
  if (!/^\s*</.test(body)) return false
  const inputs = tagsIn(body).filter(({ name }) => name === 'input')
  return passwordsIn(inputs.map(({ attributes }) => attributes)) === 1
}

/** What a token against CSRF is called, or goes by as one-time value. */
export const ONE_TIME =
  /csrf|xsrf|authenticity|requestverification|nonce|^_?token$|^(execution|lt)$/i
/** Longer, a hidden value is no constant. */
const LONGEST = 40

function sentBy(inputs: readonly Attributes[]) {
  const fields: FieldSeen[] = []
  const oneTime: string[] = []
  for (const { type = 'text', name, value = '', required } of inputs) {
    if (name === undefined || name === '') continue
    const kind = type.toLowerCase()
    if (kind !== 'hidden') {
      if (!/^(submit|button|image|reset|file|checkbox|radio)$/.test(kind)) {
        const facts = { name, required: kind === 'password' || required !== undefined }
        fields.push(kind === 'password' ? { ...facts, secret: true } : facts)
      }
    } else if (value !== '' && (ONE_TIME.test(name) || value.length > LONGEST)) oneTime.push(name)
    else if (value !== '') fields.push({ name, required: true, constant: value })
  }
  return { fields, oneTime }
}
