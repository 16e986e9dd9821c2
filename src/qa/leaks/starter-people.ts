// Who the users are and how each asks who he or she is, as the target file that is written says it. Pure.
import type { Found } from './found.ts'
import type { Credentials } from './starter-sign-in.ts'
import { plainText } from './starter-yaml.ts'

/** What there is to know about the place of the name, as comments. */
export function ownerNote({ gateway, whoami }: Found): string {
  if (gateway === 'any') {
    return `
# A gateway's own /auth/session knows a user by the name that the sign-in gave, which may be another than what one types:
# then give the users a field for it, such as is: "{fullName}". Name paths that go on to your upstream in reads.`
  }
  return whoami && whoami.owner === undefined ? '\n# Where the answer says it is a guess.' : ''
}

/** As one line of YAML. */
export function whoamiText(found: Found, sent: Credentials): string {
  const { gateway, whoami } = found
  const path = plainText(whoami?.path ?? (isPage(found) ? '/' : '/user'))
  if (isPage(found)) {
    return `{ get: ${path}, owner: { text: "Hello, (\\\\w+)" }, is: "{name}" }`
  }
  const owner = whoami?.owner ?? (sent.byMail ? '/email' : '/username')
  const field = gateway === 'demo' ? 'fullName' : /mail$/i.test(owner) ? 'email' : 'name'
  return `{ get: ${path}, owner: ${plainText(owner)}, is: "{${field}}" }`
}

/** With the comments above it. */
export function usersText({ gateway, whoami }: Found, { byMail }: Credentials): string {
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

/** A service of pages most likely greets its users in one. */
function isPage({ signIn, whoami, carry }: Found): boolean {
  const byCookies = carry === undefined || carry.kind === 'cookies'
  return whoami === undefined && signIn?.format === 'form' && byCookies
}
