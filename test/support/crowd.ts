// Many people at once through one gateway: they ask, sign out, sign in again, lose tokens to expiry and to the
// upstream, while the clock runs. Tells what each of them got.
import type { ManualClock } from './clock.ts'
import type { Dice } from './dice.ts'
import { cookieOf, type Person, type TestGateway } from './gateway.ts'
import type { Answer } from './http.ts'
import { ASKER, issuedAt, judgeAnswer, judgeArrival, ownerName } from './owner-oracle.ts'
import type { TestUpstream } from './upstream.ts'

export interface CrowdSettings {
  readonly gateway: TestGateway
  /** Must remember every request. */
  readonly upstream: TestUpstream
  readonly clock: ManualClock
  readonly dice: Dice
  readonly people: number
  readonly requestsEach: number
  /** How many set out together; the next ones when the last of them is back. */
  readonly atOnce: number
  /** Called now and then between two answers. */
  readonly disturb?: () => void
}

export interface CrowdReport {
  /** Own answers, by name. */
  readonly own: ReadonlyMap<string, number>
  /** What somebody got that was not theirs. */
  readonly foreign: readonly string[]
  /** What reached the upstream with a token that was not the asker's. */
  readonly foreignUpstream: readonly string[]
  /** Refusals to somebody whose session was good from the request's start to its answer. */
  readonly thrownOut: readonly string[]
  /** Anything but a refusal to somebody who had signed out before asking. */
  readonly revived: readonly string[]
  readonly refused: { readonly afterSignOut: number; readonly byUpstream: number }
  readonly cookiesCleared: number
  readonly signOuts: number
  readonly revoked: number
}

interface Session {
  readonly name: string
  readonly person: Person
  /** Moments, counted in events; undefined while it lives. */
  endingAt: number | undefined
  endedAt: number | undefined
}

type Action = (owner: Owner) => Promise<void>

interface Owner {
  readonly name: string
  session: Promise<Session>
  readonly past: Session[]
}

/** An upstream's own refusal, which passes untouched. */
const FORBIDDEN = '/for-nobody'
/** What may pass between two rounds. */
const LONGEST_BREAK_MS = 15_000
/** Well beyond the age at which a refusal is the token's fault: the gateway counts from when it got it. */
const OLD_MS = 60_000

export async function runCrowd(settings: CrowdSettings): Promise<CrowdReport> {
  const { gateway, upstream, clock, dice, people, requestsEach, atOnce, disturb } = settings
  const own = new Map<string, number>()
  const foreign: string[] = []
  const thrownOut: string[] = []
  const revived: string[] = []
  const refused = { afterSignOut: 0, byUpstream: 0 }
  let moment = 0
  let answers = 0
  let cookiesCleared = 0
  let signOuts = 0
  let revoked = 0

  upstream.on(FORBIDDEN, ({ owner }, response) => {
    response.writeHead(401, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ message: 'Not for you.', owner }))
  })

  const signIn = async (name: string, before?: Session): Promise<Session> => {
    const json = { username: name, password: 'any' }
    const sender = before?.person ?? gateway
    const answer = await sender.send('/auth/login', { method: 'POST', json })
    if (answer.status !== 200) throw new Error(`${name} could not sign in: ${answer.text}`)
    const person = gateway.person(cookieOf(answer))
    return { name, person, endingAt: undefined, endedAt: undefined }
  }

  const owners = await Promise.all(
    Array.from({ length: people }, async (_, index): Promise<Owner> => {
      const name = ownerName(index)
      return { name, session: Promise.resolve(await signIn(name)), past: [] }
    }),
  )

  const judge = (session: Session, path: string, start: number, answer: Answer) => {
    const { name } = session
    const end = moment++
    const verdict = judgeAnswer(name, answer)
    const told = `${name} ${path}: ${JSON.stringify(verdict)}`
    if (answer.headers['set-cookie'] !== undefined) cookiesCleared++
    if (verdict.kind === 'foreign') foreign.push(told)
    else if (session.endedAt !== undefined && session.endedAt < start) {
      if (verdict.kind === 'problem' && verdict.code === 'session_ended') refused.afterSignOut++
      else revived.push(told)
    } else if (verdict.kind === 'own') own.set(name, (own.get(name) ?? 0) + 1)
    else if (verdict.kind === 'upstream' && path.startsWith(`/api${FORBIDDEN}`))
      refused.byUpstream++
    else if (session.endingAt === undefined || session.endingAt > end) thrownOut.push(told)
  }

  const ask = async (session: Session) => {
    const { name, person } = session
    const headers = { [ASKER]: name }
    const start = moment++
    const [path, answer] = await dice.pick([
      async () => ['/api/user', await person.get('/api/user', { headers })] as const,
      async () => ['/api/notes', await person.get('/api/notes?page=2', { headers })] as const,
      async () => {
        const json = { text: `a note of ${name}` }
        const options = { method: 'POST', json, headers }
        return ['/api/notes', await person.send('/api/notes', options)] as const
      },
      async () => [`/api${FORBIDDEN}`, await person.get(`/api${FORBIDDEN}`, { headers })] as const,
    ])()
    judge(session, path, start, answer)
    answers++
    if (answers % 20 === 0) clock.advance(dice.roll(100))
    if (answers % 25 === 0) disturb?.()
  }

  const end = (session: Session) => {
    session.endingAt = moment++
    return () => {
      session.endedAt = moment++
    }
  }

  const actions: Record<string, Action> = {
    request: async (owner) => ask(await owner.session),
    requestAfterSignOut: async (owner) => ask(owner.past.at(-1) ?? (await owner.session)),
    async signOutAndIn(owner) {
      const session = await owner.session
      if (session.endingAt !== undefined) return
      const ended = end(session)
      owner.session = (async () => {
        await session.person.send('/auth/logout', { method: 'POST' })
        ended()
        signOuts++
        owner.past.push(session)
        return signIn(owner.name)
      })()
      await owner.session
    },
    async signInAgain(owner) {
      const session = await owner.session
      if (session.endingAt !== undefined) return
      const ended = end(session)
      owner.session = (async () => {
        const again = await signIn(owner.name, session)
        ended()
        owner.past.push(session)
        return again
      })()
      await owner.session
    },
    async revokeToken({ name }) {
      const all = [...upstream.signIns, ...upstream.refreshes]
      const token = all.findLast(({ username }) => username === name)?.access
      if (token === undefined || clock.now() - issuedAt(token) < OLD_MS) return
      upstream.revoke(token)
      revoked++
    },
  }

  const plan = owners.flatMap((owner) => {
    const times = (count: number, name: string) =>
      Array.from({ length: count }, () => () => actions[name]?.(owner))
    const few = Math.round(requestsEach / 40)
    return [
      ...times(requestsEach - few, 'request'),
      ...times(few, 'requestAfterSignOut'),
      ...times(few, 'signOutAndIn'),
      ...times(few, 'signInAgain'),
      ...times(few, 'revokeToken'),
    ]
  })
  const queue = dice.shuffle(plan)
  // What waits for the clock, and for no answer, must not wait for ever.
  const pacer = setInterval(() => clock.advance(50), 20)
  try {
    while (queue.length > 0) {
      await Promise.all(queue.splice(0, atOnce).map((action) => action()))
      // Between rounds, so that a slow machine does not make a renewal take minutes of this clock.
      clock.advance(dice.roll(LONGEST_BREAK_MS))
    }
  } finally {
    clearInterval(pacer)
  }

  return {
    own,
    foreign,
    foreignUpstream: upstream.requests.flatMap((request) => judgeArrival(request) ?? []),
    thrownOut,
    revived,
    refused,
    cookiesCleared,
    signOuts,
    revoked,
  }
}
