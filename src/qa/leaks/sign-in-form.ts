// The form of a page in which one signs in: where it goes and what it sends. Looks for no more than that. Pure.
import type { FieldSeen } from './found.ts'

export interface SignInForm {
  /** As it stands in the page; empty where the form goes to the page's own address. */
  readonly action: string
  readonly fields: readonly FieldSeen[]
  /** Hidden fields that are made anew for each page. */
  readonly oneTime: readonly string[]
}

/** `undefined` where no form of the page asks for exactly one password and posts it. */
export function signInForm(html: string): SignInForm | undefined {
  const visible = html.replaceAll(/<!--.*?-->|<(script|style|template)\b.*?<\/\1\s*>/gis, '')
  for (const [, attributes = '', inside = ''] of visible.matchAll(FORM)) {
    const { method = 'get', action = '', enctype = '' } = attributesIn(attributes)
    const inputs = [...inside.matchAll(INPUT)].map(([, written = '']) => attributesIn(written))
    const passwords = inputs.filter(({ type = '' }) => type.toLowerCase() === 'password')
    // Two are a form to register, or to change a password.
    if (method.toLowerCase() !== 'post' || passwords.length !== 1) continue
    if (enctype.toLowerCase() === 'multipart/form-data') continue
    return { action, ...sentBy(inputs) }
  }
  return undefined
}

/** Whether this page is one to sign in with; where a password is changed, more than one is asked for. */
export function asksForPassword(body: string): boolean {
  const asked = body.match(/<input\b[^<>]*\btype\s*=\s*["']?password\b/gi) ?? []
  return /^\s*</.test(body) && asked.length === 1
}

const FORM = /<form\b((?:"[^"]*"|'[^']*'|[^'">])*)>(.*?)(?:<\/form\s*>|$)/gis
const INPUT = /<input\b((?:"[^"]*"|'[^']*'|[^'">])*)>/gi
const ATTRIBUTE = /([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g
const ONE_TIME = /csrf|xsrf|authenticity|requestverification|nonce|^_?token$|^(execution|lt)$/i
/** Longer, a hidden value is no constant. */
const LONGEST = 40

function attributesIn(text: string): Record<string, string | undefined> {
  const found = [...text.matchAll(ATTRIBUTE)].map(([, name = '', ...values]) => {
    const value = values.find((one) => one !== undefined) ?? ''
    return [name.toLowerCase(), plain(value)] as const
  })
  return Object.fromEntries(found)
}

function sentBy(inputs: ReadonlyArray<Record<string, string | undefined>>) {
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
    } else if (ONE_TIME.test(name) || value.length > LONGEST) oneTime.push(name)
    else if (value !== '') fields.push({ name, required: true, constant: value })
  }
  return { fields, oneTime }
}

function plain(text: string): string {
  const entities: Record<string, string> = { amp: '&', quot: '"', lt: '<', gt: '>', '#39': "'" }
  return text.replaceAll(/&(amp|quot|lt|gt|#39|#x27|#x2f);/gi, (all, name: string) => {
    if (/^#x/i.test(name)) return String.fromCodePoint(Number.parseInt(name.slice(2), 16))
    return entities[name.toLowerCase()] ?? all
  })
}
