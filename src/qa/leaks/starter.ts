// The target file that `coatcheck qa init` writes: what was seen, what was guessed, and what else can be set. Pure.
import type { CarrySeen, Found } from './found.ts'
import { ownerNote, usersText, whoamiText } from './starter-people.ts'
import { credentialsIn, missingIn, signInText, signOutText } from './starter-sign-in.ts'
import { plainText, quoted } from './starter-yaml.ts'

const GUESS = 'a guess: correct it'

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
${signOutText(found, sent)}
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
