// Looks at a service from outside: how one might sign in there, and how one might ask who one is.
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import type { Found, Sought } from './found.ts'
import { gatewaySeen } from './gateway-seen.ts'
import { type Ask, createOrdinary } from './ordinary.ts'
import { signInAt, signOutAt, whoamiAt } from './probe-answers.ts'
import { describedIn } from './probe-description.ts'
import { whyElsewhere } from './probe-elsewhere.ts'
import { formIn } from './probe-form.ts'
import { jsonIn, type Look } from './probe-look.ts'
import { openWire } from './wire.ts'

export interface ProbeOptions {
  readonly origin: string
  /** A path without a slash at its end; empty for none. */
  readonly base: string
  readonly clock: Clock
  readonly random: Random
  /** For everything; then what has been found counts. */
  readonly totalMs: number
  /** Told with each request how many there have been. */
  readonly onAsked?: (asked: number) => void
}

/** `missed`: what the time was up for before it had been looked for everywhere. */
export type Probed =
  | { readonly answers: true; readonly found: Found; readonly missed: readonly Sought[] }
  /** `why`: one sentence, with its mend. */
  | { readonly answers: false; readonly why: string }

/** The first answer may have to wait until the service is awake. */
const FIRST_MS = 10_000
const PATIENCE_MS = 3_000
/** For those side by side, and made-up paths beside them: waiting in line would count as slow. */
const CONNECTIONS = 8
/** Descriptions of large services are large. */
const MOST_BYTES = 4_194_304
/** Of the whole time, when each search is given up: a service that is slow shall show something of everything. */
const UNTIL = { description: 0.4, form: 0.5, signIn: 0.75, whoami: 0.95, signOut: 1 } as const

/** Asks with no name and no password, so that nothing is changed. */
export async function probe(options: ProbeOptions): Promise<Probed> {
  const { origin, base, clock, random, totalMs, onAsked = () => {} } = options
  const wire = openWire({
    origin,
    clock,
    requestMs: FIRST_MS,
    connections: CONNECTIONS,
    mostBytes: MOST_BYTES,
  })
  const startedAt = clock.now()
  let limit = startedAt + totalMs
  let asked = 0
  const ask: Ask = (method, path, accept = 'application/json, */*;q=0.5') => {
    const left = limit - clock.now()
    if (left <= 0) return Promise.resolve(UNASKED)
    asked++
    onAsked(asked)
    const leaveAfterMs = Math.min(left, asked === 1 ? FIRST_MS : PATIENCE_MS)
    const json = { 'content-type': 'application/json' }
    const headers = { accept, origin, ...(method === 'POST' ? json : {}) }
    const body = method === 'POST' ? '{}' : undefined
    const call = { method, path: base + path, headers, body, leaveAfterMs } as const
    return wire.send({ user: 'probe', via: 'own', ...call })
  }
  const turn: Turn = {
    until(share) {
      limit = startedAt + totalMs * share
    },
    isUp: () => clock.now() >= limit,
  }
  try {
    const why = await whyElsewhere(ask, { ...options, firstMs: FIRST_MS })
    if (why !== undefined) return { answers: false, why }
    const gateway = gatewaySeen(jsonIn(await ask('GET', '/auth/session')))
    if (gateway) return { answers: true, found: gateway, missed: [] }
    const look = { origin, base, ask, isOrdinary: createOrdinary(ask, random) }
    return { answers: true, ...(await foundBy(look, turn)) }
  } finally {
    await wire.close()
  }
}

const UNASKED = { kind: 'none', why: 'late' } as const

/** Whose time it is: each search has its own end. */
interface Turn {
  until(share: number): void
  isUp(): boolean
}

/** What a description says comes first, then a form to sign in with, then how answers differ. */
async function foundBy(look: Look, turn: Turn): Promise<{ found: Found; missed: Sought[] }> {
  const missed: Sought[] = []
  const search = async <Fact>(
    what: Sought,
    known: Fact | undefined,
    find: () => Promise<Fact | undefined>,
  ) => {
    if (known !== undefined) return known
    turn.until(UNTIL[what])
    const found = await find()
    if (found === undefined && turn.isUp()) missed.push(what)
    return found
  }
  turn.until(UNTIL.description)
  const described = await describedIn(look)
  turn.until(UNTIL.form)
  const form = described.signIn ? undefined : await formIn(look)
  const signIn = await search('signIn', described.signIn ?? form, () => signInAt(look))
  let { carry } = described
  const whoami = await search('whoami', described.whoami, async () => {
    const seen = await whoamiAt(look)
    // By a form of a page one signs in for cookies, whatever else is asked for there.
    if (!form) carry ??= seen.carry
    return seen.whoami
  })
  const signOut = signIn
    ? await search('signOut', described.signOut, () => signOutAt(look, signIn.path))
    : described.signOut
  if (form) carry ??= BY_FORM
  const found = {
    ...(signIn ? { signIn } : {}),
    ...(signOut ? { signOut } : {}),
    ...(whoami ? { whoami } : {}),
    ...(carry ? { carry } : {}),
    ...(described.unread === undefined ? {} : { unread: described.unread }),
  }
  return { found, missed }
}

const BY_FORM = {
  kind: 'cookies',
  how: 'seen: one signs in by the form of a page, and browsers carry that by cookies',
} as const
