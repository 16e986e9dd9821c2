// The target file that `coatcheck qa init` writes: what was seen, what was guessed, and what else can be set. Pure.
import {
  type CarrySeen,
  credentialsAmong,
  type FieldSeen,
  type Found,
  type SignInSeen,
} from './found.ts'

/** As a target file takes it. */
const USABLE = /^[^\p{Cc}{}]{1,64}$/u
/** As the field of a user is filled in: in what a service always sends it would be filled in as well. */
const PLACEHOLDER = /\{[A-Za-z_][\w-]*\}/
const GUESS = 'a guess: correct it'
const USUAL: readonly FieldSeen[] = ['username', 'password'].map((name) => ({
  name,
  required: true,
}))

export function starterFile(target: string, found: Found): string {
  const { signIn, whoami, carry, gateway } = found
  const sent = credentialsIn(signIn)
  return `# Try it with: coatcheck qa leaks <this file>
# Signs these users in, again and again, and looks for answers that belong to somebody else.
# Above each setting stands where it comes from: read from the service, seen in its answers, or a guess to correct.
${unreadNote(found)}
target: ${target}

# How a user signs in: ${signIn?.how ?? GUESS}${missingIn(signIn, sent)}
# {name}, {password} and every other field of a user can stand in texts and paths; form: instead of json: where the
# service wants a form. What one must send besides goes into headers: { X-CSRF: "1" }.
signIn: ${signInText(signIn, sent)}

# What carries a sign-in from there on: ${carrySource(carry)}
# cookies, { bearer: /access_token } with the place of the token in the answer, or { header: X-Token, from: /token }.
carry: ${carryText(carry)}

# How a user asks who he or she is: ${whoami?.how ?? GUESS}
# owner is where the answer says it, a JSON Pointer or { text: "Hello, (\\\\w+)" }; is: what stands there for a user.${ownerNote(found)}
whoami: ${whoamiText(found, sent)}

${usersText(found, sent)}

# What else can be set:
${signOutText(found)}
${gateway === 'demo' ? 'reads: [/api/user]                 ' : '# reads: [/notes, /orders]         '} # more paths whose answers are searched for what belongs to others
# mix: { whoami: 8, reads: 3, visitors: 1 }
# requests: 40                      # of each user in each phase
# rate: 50                          # requests a second
# restart: docker compose restart app
# allowHosts: [staging.example.org] # hosts besides this machine that may be tried
# seed: 1
# timeouts: { request: 5s, restart: 20s, total: 30s }
`
}

interface Credentials {
  readonly account: string
  readonly password: string
  readonly constants: ReadonlyArray<readonly [name: string, value: string]>
  /** Those that hold what a target file would fill in. */
  readonly left: readonly string[]
  /** True where one signs in with an address rather than a name. */
  readonly byMail: boolean
}

function credentialsIn(signIn: SignInSeen | undefined): Credentials {
  const fields = signIn?.fields.filter(({ name }) => USABLE.test(name)) ?? []
  const { account, password } = credentialsAmong(fields.length > 0 ? fields : USUAL)
  const constants = new Map(
    fields.flatMap(({ name, constant }) =>
      constant === undefined || PLACEHOLDER.test(constant) ? [] : [[name, constant] as const],
    ),
  )
  return {
    account: account ?? 'username',
    password: password ?? 'password',
    constants: [...constants].filter(([name]) => name !== account && name !== password),
    left: fields.flatMap(({ name, constant = '' }) => (PLACEHOLDER.test(constant) ? [name] : [])),
    byMail: /mail/i.test(account ?? ''),
  }
}

/** What is not known of a sign-in that was seen, as comments. */
function missingIn(signIn: SignInSeen | undefined, sent: Credentials): string {
  const { fields = [] } = signIn ?? {}
  const known = [sent.account, sent.password, ...sent.constants.map(([name]) => name), ...sent.left]
  const more = fields.filter(({ name, required }) => required && !known.includes(name))
  const names = (all: readonly string[]) => all.filter((name) => /^[^\s"\p{C}]{1,60}$/u.test(name))
  const also = names(more.map(({ name }) => name)).join(', ')
  const left = names(sent.left).join(', ')
  return [
    signIn && fields.length === 0 ? '\n# What its fields are called is a guess.' : '',
    also === '' ? '' : `\n# It requires also: ${also}. Add them to signIn.`,
    left === ''
      ? ''
      : `\n# What it always sends as ${left} has {…} in it, which would be filled in here: left out.`,
    signIn?.page === undefined
      ? ''
      : '\n# page is fetched before each sign-in, with the cookies of the user; {page:…} is what it has in that field or meta\n# element, made anew for each visit (against CSRF), and {cookie:…} what that cookie holds.',
  ].join('')
}

function signInText(signIn: SignInSeen | undefined, sent: Credentials): string {
  const { path = '/login', format = 'json', headers, page, oneTime = [] } = signIn ?? {}
  const pairs = [
    ...sent.constants.map(([name, value]) => `${plainText(name)}: ${quoted(value)}`),
    `${plainText(sent.account)}: "{${sent.byMail ? 'email' : 'name'}}"`,
    `${plainText(sent.password)}: "{password}"`,
    ...oneTime
      .filter((name) => USABLE.test(name))
      .map((name) => `${plainText(name)}: ${quoted(`{page:${name}}`)}`),
  ]
  const before = page === undefined ? '' : `page: ${plainText(page)}, `
  return `{ ${before}post: ${plainText(path)}, ${format}: { ${pairs.join(', ')} }${headersText(headers)} }`
}

function signOutText({ signIn, signOut }: Found): string {
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
  const form = signIn.oneTime?.map((name) => `${plainText(name)}: ${quoted(`{page:${name}}`)}`)
  const fields = form ? `, form: { ${form.join(', ')} }` : ''
  return `${source}. It most likely wants a token too, of a page for those who are signed in:
# name that page here, and take away the #.
# signOut: { page: /, ${call}${fields}${headersText(tokens)} }`
}

function unreadNote({ unread }: Found): string {
  return unread === undefined
    ? ''
    : `\n# ${unread} is there, and too large to be read: nothing here comes from it.\n`
}

function carrySource(carry: CarrySeen | undefined): string {
  if (carry === undefined) return GUESS
  if (carry.kind === 'cookies' || carry.from !== undefined) return carry.how
  return `${carry.how}; where the sign-in answers it is ${GUESS}`
}

function carryText(carry: CarrySeen | undefined): string {
  if (carry === undefined || carry.kind === 'cookies') return 'cookies'
  if (carry.kind === 'bearer') return `{ bearer: ${plainText(carry.from ?? '/access_token')} }`
  return `{ header: ${quoted(carry.name)}, from: ${plainText(carry.from ?? '/token')} }`
}

function ownerNote({ gateway, whoami }: Found): string {
  if (gateway === 'any') {
    return `
# A gateway's own /auth/session knows a user by the name that the sign-in gave, which may be another than what one types:
# then give the users a field for it, such as is: "{fullName}". Name paths that go on to your upstream in reads.`
  }
  return whoami && whoami.owner === undefined ? '\n# Where the answer says it is a guess.' : ''
}

function whoamiText(found: Found, sent: Credentials): string {
  const { gateway, whoami } = found
  const path = plainText(whoami?.path ?? (isPage(found) ? '/' : '/user'))
  if (isPage(found)) {
    return `{ get: ${path}, owner: { text: "Hello, (\\\\w+)" }, is: "{name}" }`
  }
  const owner = whoami?.owner ?? (sent.byMail ? '/email' : '/username')
  const field = gateway === 'demo' ? 'fullName' : /mail$/i.test(owner) ? 'email' : 'name'
  return `{ get: ${path}, owner: ${plainText(owner)}, is: "{${field}}" }`
}

/** A service of pages most likely greets its users in one. */
function isPage({ signIn, whoami, carry }: Found): boolean {
  const byCookies = carry === undefined || carry.kind === 'cookies'
  return whoami === undefined && signIn?.format === 'form' && byCookies
}

function usersText({ gateway, whoami }: Found, { byMail }: Credentials): string {
  if (gateway === 'demo') {
    return '# Everybody in coatcheck demo: alice, bob, carol and dave.\nusers: personas'
  }
  const hasMail = byMail || /mail$/i.test(whoami?.owner ?? '')
  const one = (name: string) =>
    `  - { name: ${name}, ${hasMail ? `email: ${name}@example.org, ` : ''}password: "\${${name.toUpperCase()}_PASSWORD}" }`
  return `# Two are enough, more find more. Passwords are best left in variables. Instead of a list: { csv: users.csv }, or
# { personas: coatcheck.yaml } for those of a gateway's own configuration.
users:
${one('alice')}
${one('bob')}`
}

function headersText(headers: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(headers).map(([name, value]) => `${name}: ${quoted(value)}`)
  return pairs.length === 0 ? '' : `, headers: { ${pairs.join(', ')} }`
}

/** Just as it is: no variable is filled in, and whatever would not show, or would turn a line around, is spelt out. */
function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed())
    .replaceAll(/\$\{/g, () => '$${')
    .replaceAll(
      /[\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
}

/** In quotes where YAML might read something else. */
function plainText(text: string): string {
  return /^[\w/.~-]+$/.test(text) ? text : quoted(text)
}
