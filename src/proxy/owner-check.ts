// The last look at an answer before any of it is written: whose data it holds must be whose call it was.
import type { Asked, Grant } from './admission.ts'
import { expectedOwner, isReadable, ownerInBody, ownerInHeaders } from './owner-rule.ts'

export type OwnerVerdict =
  | 'pass'
  /** It says in its body: keep it until that is whole, then `checkBody`. */
  | 'hold'
  /** It belongs to somebody else, and none of it may go on. */
  | 'stop'

/** For a route with an owner rule, and an answer to a session's call; counts what it found. */
export function checkHead(
  asked: Asked,
  grant: Grant,
  status: number,
  raw: readonly string[],
): OwnerVerdict {
  const { owner } = asked.route.config
  if (owner === undefined) return 'pass'
  if ('header' in owner) return compare(asked, grant, status, ownerInHeaders(raw, owner.header))
  if (isReadable(asked.req.method, status, raw)) return 'hold'
  asked.context.events.ownerChecked('unchecked')
  return 'pass'
}

export function checkBody(
  asked: Asked,
  grant: Grant,
  status: number,
  body: Buffer,
): 'pass' | 'stop' {
  const { owner } = asked.route.config
  if (owner === undefined || 'header' in owner) return 'pass'
  return compare(asked, grant, status, ownerInBody(body, owner.field))
}

function compare(
  asked: Asked,
  grant: Grant,
  status: number,
  found: string | undefined,
): 'pass' | 'stop' {
  const { context, requestId, route } = asked
  const { owner: rule, provider } = route.config
  const expected = rule && expectedOwner(rule, grant.session, grant.tokens, provider)
  if (!rule || found === undefined || expected === undefined) {
    context.events.ownerChecked('unchecked')
    return 'pass'
  }
  if (found === expected) {
    context.events.ownerChecked('own')
    return 'pass'
  }
  const owner = context.liveRef(
    (session) =>
      expectedOwner(rule, session, session.content.tokens[provider ?? ''], provider) === found,
  )
  // An error may name itself where answers name their owner.
  if (status >= 400 && owner === undefined) {
    context.events.ownerChecked('unchecked')
    return 'pass'
  }
  context.events.ownerChecked('foreign')
  const stopped = rule.on === 'refuse'
  const asker = grant.session.record.ref
  const seen = 'header' in rule ? 'header' : 'field'
  context.events.leakPrevented({ requestId, route: route.pattern, asker, owner, seen, stopped })
  return stopped ? 'stop' : 'pass'
}
