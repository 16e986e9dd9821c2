// What an entry says besides HAR, as members of its JSON: who asked, what a sign-in was before, whose answers are. Pure.
import type { OwnerConfig } from '../../config/config.ts'
import type { OpenSession } from '../../session/session.ts'

/** Who asked; worked out once for as long as a session's content is the same. */
export function createWho(): (
  persona: string | undefined,
  session: OpenSession | undefined,
) => string {
  const known = new WeakMap<
    object,
    { readonly persona: string | undefined; readonly text: string }
  >()
  return (persona, session) => {
    const before = session && known.get(session.content)
    if (before && before.persona === persona) return before.text
    const { ref, sub } = session?.record ?? {}
    const facts = {
      _persona: persona ?? null,
      _session: ref ?? null,
      _sub: sub,
      _name: session?.content.name,
    }
    const text = `,${JSON.stringify(facts).slice(1, -1)}`
    if (session) known.set(session.content, { persona, text })
    return text
  }
}

/** Of a sign-in; `before`: the session that was there. */
export function signInFacts(before: OpenSession | undefined): string {
  return `,"_signIn":true,"_before":${JSON.stringify(before?.record.ref ?? null)}`
}

/** By route: how its answers say whose they are. */
export function ownerFactsOf(
  owners: ReadonlyMap<string, OwnerConfig>,
): ReadonlyMap<string, string> {
  return new Map(
    [...owners].map(([route, rule]) => [route, `,"_owner":${JSON.stringify(ruleOf(rule))}`]),
  )
}

function ruleOf(rule: OwnerConfig): object {
  return 'header' in rule
    ? { header: rule.header, is: rule.is }
    : { field: rule.field, is: rule.is }
}
