// Calls of several users on one connection, as one command: curl keeps it from one address to the next. Pure.
import type { Names } from './curl-names.ts'
import { addressOf, headerFlags, literal, quote } from './curl-parts.ts'
import { credential, showing, userOf } from './curl-people.ts'
import { isNobody } from './knowledge.ts'
import type { Observation } from './step.ts'
import type { Target } from './target.ts'
import { personName } from './words.ts'

/** curl would keep its cookies too: here each brings their own. Needs the lines of `COOKIES`. */
export function onOneCurl(asking: readonly Observation[], target: Target, names: Names): string[] {
  const common = headerFlags(target.headers, names)
  const calls = asking.map((one) => {
    const { step } = one
    const user = userOf(step.user, target)
    const cookie =
      target.carry.kind === 'cookies' && !isNobody(step.user)
        ? ` -H "cookie: $(cookies "$JARS/${names.file(step.user)}")"`
        : ''
    const path = 'path' in step ? step.path : '/'
    const address = addressOf(path, user, names)
    return `-sSg -w '\\n'${showing(one)}${cookie}${common}${credential(step.user, target, names)} ${address}`
  })
  const people = asking.map(({ step }) => personName(step.user)).join(', then ')
  return [
    `printf '%s\\n' ${quote(literal(`${people}, on one connection:`))}`,
    `curl ${calls.join(' \\\n  --next ')}`,
  ]
}

/** The cookies of a jar as a header. */
export const COOKIES: readonly string[] = [
  'cookies() {',
  `  sed 's/^#HttpOnly_//' "$1" | awk -F '\t' 'NF >= 7 { printf "%s%s=%s", s, $6, $7; s = "; " }'`,
  '}',
]
