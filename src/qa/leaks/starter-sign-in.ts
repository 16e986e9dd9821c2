// How a user signs in and out, as the target file that is written says it. Pure.
import { credentialsAmong, type FieldSeen, type Found, type SignInSeen } from './found.ts'
import { placeholdersIn } from './placeholders.ts'
import { headersText, plainText, quoted } from './starter-yaml.ts'

/** As a target file takes it. */
const USABLE = /^[^\p{Cc}{}]{1,64}$/u
/** Of what is always sent: neither what would be filled in, nor what no field of a form has. */
const isUsable = (constant: string) =>
  placeholdersIn(constant).length === 0 && !constant.includes('\0')
const USUAL: readonly FieldSeen[] = ['username', 'password'].map((name) => ({
  name,
  required: true,
}))

export interface Credentials {
  readonly account: string
  readonly password: string
  readonly constants: ReadonlyArray<readonly [name: string, value: string]>
  /** Those that hold what a target file would fill in. */
  readonly left: readonly string[]
  /** What a page has anew for each visit, and those of them that a target file cannot name. */
  readonly oneTime: readonly string[]
  readonly unnamed: readonly string[]
  /** True where one signs in with an address rather than a name. */
  readonly byMail: boolean
}

/** Of a sign-in that was not seen: what is usual. */
export function credentialsIn(signIn: SignInSeen | undefined): Credentials {
  const fields = signIn?.fields.filter(({ name }) => USABLE.test(name)) ?? []
  const { account, password } = credentialsAmong(fields.length > 0 ? fields : USUAL)
  const constants = new Map(
    fields.flatMap(({ name, constant }) =>
      constant === undefined || !isUsable(constant) ? [] : [[name, constant] as const],
    ),
  )
  return {
    account: account ?? 'username',
    password: password ?? 'password',
    constants: [...constants].filter(([name]) => name !== account && name !== password),
    left: fields.flatMap(({ name, constant = '' }) => (isUsable(constant) ? [] : [name])),
    oneTime: (signIn?.oneTime ?? []).filter((name) => USABLE.test(name)),
    unnamed: (signIn?.oneTime ?? []).filter((name) => !USABLE.test(name)),
    byMail: /mail/i.test(account ?? ''),
  }
}

/** What is not known of a sign-in that was seen, as comments. */
export function missingIn(signIn: SignInSeen | undefined, sent: Credentials): string {
  const { fields = [] } = signIn ?? {}
  const constants = sent.constants.map(([name]) => name)
  const known = [sent.account, sent.password, ...constants, ...sent.left, ...sent.oneTime]
  const more = fields.filter(({ name, required }) => required && !known.includes(name))
  const names = (all: readonly string[]) => all.filter((name) => /^[^\s"\p{C}]{1,60}$/u.test(name))
  const also = names(more.map(({ name }) => name)).join(', ')
  const left = names(sent.left).join(', ')
  const count = sent.unnamed.length
  return [
    signIn && fields.length === 0 ? '\n# What its fields are called is a guess.' : '',
    also === '' ? '' : `\n# It requires also: ${also}. Add them to signIn.`,
    left === ''
      ? ''
      : `\n# What it always sends as ${left} has {…} in it, which would be filled in here, or a\n# character that no form has: left out.`,
    count === 0
      ? ''
      : `\n# Its page has ${count === 1 ? 'a field' : `${count} fields`} made anew for each visit with a name that no target file takes: left out.`,
    signIn?.page === undefined
      ? ''
      : '\n# page is fetched before each sign-in, with the cookies of the user; {page:…} is what it has in that field or meta\n# element, made anew for each visit (against CSRF), and {cookie:…} what that cookie holds.',
  ].join('')
}

/** As one line of YAML. */
export function signInText(signIn: SignInSeen | undefined, sent: Credentials): string {
  const { path = '/login', format = 'json', headers, page } = signIn ?? {}
  const pairs = [
    ...sent.constants.map(([name, value]) => `${plainText(name)}: ${quoted(value)}`),
    `${plainText(sent.account)}: "{${sent.byMail ? 'email' : 'name'}}"`,
    `${plainText(sent.password)}: "{password}"`,
    ...tokenPairs(sent),
  ]
  const before = page === undefined ? '' : `page: ${plainText(page)}, `
  return `{ ${before}post: ${plainText(path)}, ${format}: { ${pairs.join(', ')} }${headersText(headers)} }`
}

/** With the line above it that says where it comes from; a comment where it is not known. */
export function signOutText({ signIn, signOut }: Found, sent: Credentials): string {
  if (!signOut) return '# signOut: { post: /logout }'
  const { method, path, headers, how } = signOut
  const call = `${method}: ${plainText(path)}`
  const source = `# How a user signs out: ${how}`
  if (signIn?.page === undefined || method === 'get') {
    return `${source}\nsignOut: { ${call}${headersText(headers)} }`
  }
  const tokens = { ...headers, ...signIn.headers }
  if (Object.values(tokens).some((text) => text.startsWith('{cookie:'))) {
    return `${source}\nsignOut: { ${call}${headersText(tokens)} }`
  }
  const form = tokenPairs(sent)
  const fields = form.length > 0 ? `, form: { ${form.join(', ')} }` : ''
  return `${source}. It most likely wants a token too, of a page for those who are signed in:
# name that page here, and take away the #.
# signOut: { page: /, ${call}${fields}${headersText(tokens)} }`
}

function tokenPairs({ oneTime }: Credentials): string[] {
  return oneTime.map((name) => `${plainText(name)}: ${quoted(`{page:${name}}`)}`)
}
