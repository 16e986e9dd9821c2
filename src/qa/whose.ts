// Who a cookie is signed in as, in words and colours for a person to see; it keeps nobody signed in.
import type { CookieReader } from '../session/reader.ts'
import type { Sessions } from '../session/sessions.ts'
import type { BadgePerson } from './badge.ts'
import type { BenchPersona } from './personas-sign-in.ts'
import type { Bench } from './sessions.ts'

export interface WhoseOptions {
  readonly reader: CookieReader
  readonly sessions: Pick<Sessions, 'near' | 'find'>
  readonly bench: Pick<Bench, 'madeFor' | 'personas'>
}

/** Undefined for nobody, and where the session is pending, idle or ended. */
export function createWhose({ reader, sessions, bench }: WhoseOptions) {
  return async (cookieHeader: string | undefined): Promise<BadgePerson | undefined> => {
    const read = reader.read(cookieHeader)
    if (read.kind !== 'ticket') return undefined
    const { ticket } = read.opened
    const near = sessions.near(ticket)
    const found = near ? ({ kind: 'active', session: near } as const) : await sessions.find(ticket)
    if (found.kind !== 'active') return undefined
    const made = bench.madeFor(ticket.storeKey)
    if (made) return { name: made.persona.name, colour: made.persona.colour }
    const { record, content } = found.session
    const name = content.name ?? record.sub
    const persona = bench.personas.find((one) => isCalled(one, [name, record.sub]))
    return { name, colour: persona?.colour ?? 'gray' }
  }
}

/** For a colour only, so a first name will do. */
function isCalled({ name, username }: BenchPersona, said: readonly string[]): boolean {
  const words = said.flatMap((text) => [text, text.split(' ', 1)[0] ?? '']).map(lower)
  return words.includes(lower(name)) || words.includes(lower(username))
}

function lower(text: string): string {
  return text.toLowerCase()
}
