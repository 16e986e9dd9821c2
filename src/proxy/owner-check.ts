// The last look at an answer before any of it is written: whose data it holds must be whose call it was.
import type { Asked, Grant } from './admission.ts'
import {
  beginsAsJson,
  expectedOwner,
  ownerInBody,
  ownersInHeaders,
  plainBody,
  readable,
  tellsOwner,
  type Unchecked,
} from './owner-rule.ts'

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
  if ('header' in owner) return compare(asked, grant, status, ownersInHeaders(raw, owner.header))
  const outlook = readable(asked.req.method, status, raw)
  if (outlook === 'readable') return 'hold'
  return passedUnchecked(asked, status, outlook)
}

/** `raw`: the headers that the body came with. */
export function checkBody(
  asked: Asked,
  grant: Grant,
  status: number,
  raw: readonly string[],
  body: Buffer,
): 'pass' | 'stop' {
  const { owner } = asked.route.config
  if (owner === undefined || 'header' in owner) return 'pass'
  const plain = plainBody(raw, body)
  if (typeof plain === 'string') return passedUnchecked(asked, status, plain)
  if (!beginsAsJson(plain)) return passedUnchecked(asked, status, 'not_json')
  const found = ownerInBody(plain, owner.field)
  return compare(asked, grant, status, found === undefined ? [] : [found])
}

/** Counts an answer whose owner nobody could tell. */
export function passedUnchecked(asked: Asked, status: number, why: Unchecked): 'pass' {
  const { context, route } = asked
  const told = tellsOwner(status) ? why : 'says_nothing'
  context.events.ownerChecked('unchecked', route.pattern, told)
  return 'pass'
}

function compare(
  asked: Asked,
  grant: Grant,
  status: number,
  owners: readonly string[],
): 'pass' | 'stop' {
  const { context, requestId, route } = asked
  const { owner: rule, provider } = route.config
  const expected = rule && expectedOwner(rule, grant.session, grant.tokens, provider)
  if (!rule || owners.length === 0) return passedUnchecked(asked, status, 'no_owner')
  if (expected === undefined) return passedUnchecked(asked, status, 'not_known')
  const found = owners.find((one) => one !== expected)
  if (found === undefined) {
    context.events.ownerChecked('own', route.pattern)
    return 'pass'
  }
  const owner = context.liveRef(
    (session) =>
      expectedOwner(rule, session, session.content.tokens[provider ?? ''], provider) === found,
  )
  // An error may name itself; a WebSocket that opens (101) is somebody's.
  if (owner === undefined && !tellsOwner(status) && status !== 101) {
    return passedUnchecked(asked, status, 'says_nothing')
  }
  context.events.ownerChecked('foreign', route.pattern)
  const stopped = rule.on === 'refuse'
  const asker = grant.session.record.ref
  const seen = 'header' in rule ? 'header' : 'field'
  context.events.leakPrevented({ requestId, route: route.pattern, asker, owner, seen, stopped })
  return stopped ? 'stop' : 'pass'
}
