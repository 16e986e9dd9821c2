// Which cookies are somebody's session: only what nobody is given by chance. Pure but for what it learns.
import { headersOf } from '../../lib/flat-headers.ts'
import { isHop, plainName } from './hops.ts'
import { setCookiePair } from './jar.ts'
import { isNobody, type Knowledge } from './knowledge.ts'
import { isRandom } from './random-looking.ts'

/** From here on they are this user's; those of visitors are nobody's. */
export function learnCookies(
  { name: user }: { readonly name: string },
  headers: readonly string[],
  { markers }: Pick<Knowledge, 'markers'>,
): void {
  for (const line of linesIn(headers)) {
    const [name, text] = setCookiePair(line)
    if (!isRandom(text) || isTakenAway(line) || OF_MACHINES.test(name)) continue
    if (isNobody(user)) markers.ignore(text)
    else markers.add({ owner: user, text, kind: 'cookie', label: `{{${user}.cookie.${name}}}` })
  }
}

/** What a load balancer names the machine by: the same for all whom it sends there. */
const OF_MACHINES =
  /affinity|^(server_?id|serverid|route|sticky.*|backend|node|srv|awsalb.*|awselb.*|bigipserver.*)$/i

/** Of the answer first, then of the redirects that led to it. */
function linesIn(headers: readonly string[]): string[] {
  const hops = headers.flatMap((name, at) =>
    at % 2 === 0 && isHop(name) && plainName(name) === 'set-cookie' ? [headers[at + 1] ?? ''] : [],
  )
  return [...headersOf(headers, 'set-cookie'), ...hops]
}

/** A cookie of the past is taken from the browser (RFC 6265, 3.1). */
function isTakenAway(line: string): boolean {
  const age = /;\s*max-age\s*=\s*(-?\d+)/i.exec(line)?.[1]
  if (age !== undefined) return Number(age) <= 0
  const year = /;\s*expires\s*=[^;]*?(\d{4})/i.exec(line)?.[1]
  return year !== undefined && Number(year) < LEAST_YEAR
}

/** Who takes a cookie away writes the beginning of time, or some day long ago. */
const LEAST_YEAR = 2010
