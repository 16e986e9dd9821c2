// Looks at a service from outside: how one might sign in there, and how one might ask who one is.
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import type { Found } from './found.ts'
import { gatewaySeen } from './gateway-seen.ts'
import { headerIn } from './header-in.ts'
import { whyNoAnswer } from './no-answer.ts'
import { type Ask, createOrdinary } from './ordinary.ts'
import { signInAt, signOutAt, whoamiAt } from './probe-answers.ts'
import { describedIn } from './probe-description.ts'
import { formIn } from './probe-form.ts'
import { jsonIn, type Look } from './probe-look.ts'
import { openWire } from './wire.ts'

export interface ProbeOptions {
  readonly origin: string
  /** A path without a slash at its end; empty for none. */
  readonly base: string
  readonly clock: Clock
  readonly random: Random
}

export type Probed =
  | { readonly answers: true; readonly found: Found }
  /** `why`: one sentence, with its mend. */
  | { readonly answers: false; readonly why: string }

const PATIENCE_MS = 3_000
/** Descriptions of large services are large. */
const MOST_BYTES = 4_194_304

/** Sends a few requests that change nothing: no password, no name. */
export async function probe(options: ProbeOptions): Promise<Probed> {
  const { origin, base, clock, random } = options
  const wire = openWire({
    origin,
    clock,
    requestMs: PATIENCE_MS,
    connections: 2,
    mostBytes: MOST_BYTES,
  })
  const ask: Ask = (method, path, accept = 'application/json, */*;q=0.5') => {
    const json = { 'content-type': 'application/json' }
    const headers = { accept, origin, ...(method === 'POST' ? json : {}) }
    const body = method === 'POST' ? '{}' : undefined
    return wire.send({ user: 'probe', via: 'own', method, path: base + path, headers, body })
  }
  try {
    const why = await whyElsewhere(ask, options)
    if (why !== undefined) return { answers: false, why }
    const gateway = gatewaySeen(jsonIn(await ask('GET', '/auth/session')))
    if (gateway) return { answers: true, found: gateway }
    return {
      answers: true,
      found: await foundBy({ origin, base, ask, isOrdinary: createOrdinary(ask, random) }),
    }
  } finally {
    await wire.close()
  }
}

/** What a description says comes first, then a form to sign in with, then how answers differ. */
async function foundBy(look: Look): Promise<Found> {
  const described = await describedIn(look)
  const form = described.signIn ? undefined : await formIn(look)
  const signIn = described.signIn ?? form ?? (await signInAt(look))
  const signOut = described.signOut ?? (signIn && (await signOutAt(look, signIn.path)))
  const seen = described.whoami ? { whoami: described.whoami } : await whoamiAt(look)
  const byForm = {
    kind: 'cookies',
    how: 'seen: one signs in by the form of a page, and browsers carry that by cookies',
  } as const
  const carry = described.carry ?? (form ? byForm : seen.carry)
  return {
    ...(signIn ? { signIn } : {}),
    ...(signOut ? { signOut } : {}),
    ...(seen.whoami ? { whoami: seen.whoami } : {}),
    ...(carry ? { carry } : {}),
  }
}

/** Where what answers here says of every path that it is not the service. */
async function whyElsewhere(
  ask: Ask,
  { origin, base, random }: ProbeOptions,
): Promise<string | undefined> {
  const path = `/${random(9).toString('hex')}`
  const answer = await ask('GET', path)
  if (answer.kind === 'none') return `${origin} did not answer: ${whyNoAnswer(origin, answer.why)}`
  if (answer.status === 421) {
    return `${origin} answered 421: it does not know itself by that name; give the URL that browsers open.`
  }
  if ([502, 503, 504].includes(answer.status)) {
    return `${origin} answers ${answer.status} to everything: mend that first.`
  }
  const next = URL.parse(headerIn(answer.headers, 'location') ?? '', origin)
  const isMoved = [301, 302, 307, 308].includes(answer.status) && next?.pathname === base + path
  if (!isMoved || next.origin === origin) return undefined
  return `${origin} redirects everything to ${next.origin}: give that as the URL.`
}
