// The target file that `coatcheck qa init` writes: what was found, what was guessed, and what else can be set. Pure.

/** What a service lets be seen of it from outside. */
export interface Found {
  /** Whether anything answered at all. */
  readonly answers: boolean
  /** Absent where nothing looked like it. */
  readonly signIn?: { readonly path: string; readonly fields: readonly string[] }
  readonly signOut?: string
  readonly whoami?: string
  /** JSON Pointer of the token in the sign-in's answer, where a description names it. */
  readonly token?: string
  /** Where it was found: `/openapi.json`, or `by its answers`. */
  readonly how: string
}

export function starterFile(target: string, found: Found): string {
  const { signIn, signOut, whoami, token, how } = found
  const path = signIn?.path ?? '/login'
  const fields = (signIn?.fields ?? ['username', 'password']).filter((name) =>
    /^\w{1,40}$/.test(name),
  )
  const secret = fields.find((name) => /pass|pwd|secret/i.test(name)) ?? 'password'
  const name = fields.find((one) => /user|name|mail|login|account/i.test(one) && one !== secret)
  const sent = [`${name ?? 'username'}: "{name}"`, `${secret}: "{password}"`].join(', ')
  const mark = (isFound: boolean) => (isFound ? `# found: ${how}` : '# a guess: correct it')
  return `# Try it with: coatcheck qa leaks <this file>
# Signs these users in, again and again, and looks for answers that belong to somebody else.

target: ${target}

# How a user signs in. {name}, {password} and every other field of a user can stand in texts and paths; form: instead
# of json: where the service wants a form. What one must send besides goes into headers: { X-CSRF: "1" }.
signIn: { post: ${path}, json: { ${sent} } }   ${mark(signIn !== undefined)}

# What carries a sign-in from there on: cookies, { bearer: /access_token } with the place of the token in the answer,
# or { header: X-Token, from: /token }.
carry: ${token === undefined ? 'cookies' : `{ bearer: ${token} }`}   ${mark(token !== undefined)}

# How a user asks who he or she is, and where the answer says it: a JSON Pointer, or { text: "Hello, (\\\\w+)" }.
whoami: { get: ${whoami ?? '/user'}, owner: /username, is: "{name}" }   ${mark(whoami !== undefined)}

# Two are enough, more find more. Passwords are best left in variables. Instead of a list: { csv: users.csv }.
users:
  - { name: alice, password: "\${ALICE_PASSWORD}" }
  - { name: bob, password: "\${BOB_PASSWORD}" }

# What else can be set:
${signOut === undefined ? '# ' : ''}signOut: { post: ${signOut ?? '/logout'} }
# reads: [/notes, /orders]          # more paths whose answers are searched for what belongs to others
# mix: { whoami: 8, reads: 3, visitors: 1 }
# requests: 40                      # of each user in each phase
# rate: 50                          # requests a second
# restart: docker compose restart app
# allowHosts: [staging.example.org] # hosts besides this machine that may be tried
# seed: 1
# timeouts: { request: 5s, restart: 20s, total: 30s }
`
}
