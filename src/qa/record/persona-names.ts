// What a recording calls the people in it: their persona, else the account they typed, else what the session says.
import type { CallSeen } from '../../proxy/observe.ts'

export interface PersonaNames {
  /** Undefined for nobody's call. */
  of(seen: CallSeen): string | undefined
}

/** The oldest session's name is forgotten when there are more. */
const MOST = 100_000

/** `configured`: persona by account. */
export function createPersonaNames(configured: ReadonlyMap<string, string>): PersonaNames {
  const byRef = new Map<string, string>()

  function remember(ref: string, name: string): string {
    byRef.set(ref, name)
    const oldest = byRef.size > MOST ? byRef.keys().next() : undefined
    if (oldest && !oldest.done) byRef.delete(oldest.value)
    return name
  }

  return {
    of({ signIn, session }) {
      if (signIn) {
        const { account, begun } = signIn
        const typed = account ?? begun?.content.name ?? begun?.record.sub
        if (typed === undefined) return undefined
        const name = configured.get(typed) ?? plain(typed)
        return begun ? remember(begun.record.ref, name) : name
      }
      if (session === undefined) return undefined
      const { ref, sub, device } = session.record
      const said = session.content.name ?? sub
      const name = () => personaOf(device) ?? configured.get(said) ?? configured.get(sub)
      return byRef.get(ref) ?? remember(ref, name() ?? plain(said))
    },
  }
}

/** Sessions of the bench carry their persona in place of a device, with what was done to their clock behind it. */
function personaOf(device: string): string | undefined {
  return /^QA ([A-Za-z0-9_-]+)(?: |$)/.exec(device)?.[1]
}

/** As it may stand in `{{name.token}}`. */
function plain(account: string): string {
  return account.slice(0, 64).replace(/[^\p{L}\p{N}@._+-]/gu, '_') || 'unnamed'
}
