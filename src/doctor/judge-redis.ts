// Will this Redis keep what it is given, and has it room?
import { type Finding, findingsOf } from './finding.ts'

/** `undefined` where it does not tell. */
export interface RedisState {
  readonly policy: string | undefined
  readonly connected: number | undefined
  readonly maxClients: number | undefined
  readonly usedBytes: number | undefined
  /** 0 = no limit. */
  readonly maxBytes: number | undefined
  readonly appendOnly: boolean | undefined
  /** `save` of its configuration; empty = no snapshots. */
  readonly snapshots: string | undefined
}

export interface RedisJudged {
  readonly state: RedisState
  /** What all processes of this machine will use. */
  readonly connections: number
}

const ALMOST = 0.9
const MEGABYTE = 1024 * 1024

export function judgeRedis({ state, connections }: RedisJudged): Finding[] {
  return [judgeLimits(state, connections), judgeEviction(state), judgePersistence(state)]
}

function judgeLimits(state: RedisState, connections: number): Finding {
  const { ok, warning, problem, unjudged } = findingsOf('limits')
  const { connected, maxClients, usedBytes, maxBytes } = state
  if (maxClients === undefined || connected === undefined) {
    return unjudged(`this Redis does not tell its limits: it must allow ${connections} connections`)
  }
  if (connections > maxClients) {
    return problem(
      `this gateway uses ${connections} connections and Redis allows ${maxClients}: raise its maxclients, or run fewer workers`,
    )
  }
  if (connected > ALMOST * maxClients) {
    return warning(
      `${connected} of ${maxClients} connections of Redis are taken: raise its maxclients before they run out`,
    )
  }
  if (maxBytes !== undefined && usedBytes !== undefined && maxBytes > 0) {
    if (usedBytes > ALMOST * maxBytes) {
      return warning(
        `Redis has used ${megabytes(usedBytes)} of ${megabytes(maxBytes)}: raise its maxmemory; once it is full nobody can sign in`,
      )
    }
  }
  return ok(`${connections} connections for this gateway, ${connected} of ${maxClients} taken`)
}

function judgeEviction({ policy, maxBytes }: RedisState): Finding {
  const { ok, warning, unjudged } = findingsOf('eviction')
  if (policy === undefined) {
    return unjudged('this Redis does not tell its maxmemory-policy: it must be noeviction')
  }
  if (policy === 'noeviction') return ok(policy)
  const when = maxBytes === 0 ? ', once it gets a maxmemory' : ''
  return warning(
    `Redis throws sessions away when it is full${when}, which signs people out (maxmemory-policy ${policy}): set it to noeviction`,
  )
}

function judgePersistence({ appendOnly, snapshots }: RedisState): Finding {
  const { ok, warning, unjudged } = findingsOf('persistence')
  if (appendOnly) return ok('appendonly: sessions outlive a restart of Redis')
  if (appendOnly === undefined || snapshots === undefined) {
    return unjudged(
      'this Redis does not tell whether it writes to disk: with appendonly yes sessions outlive its restart',
    )
  }
  if (snapshots === '') {
    return warning(
      'Redis writes nothing to disk, so its restart signs everybody out: set appendonly yes',
    )
  }
  return ok(
    'snapshots: a restart of Redis loses what came since the last one; appendonly yes loses less',
  )
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MEGABYTE)} MB`
}
