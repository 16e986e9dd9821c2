// An upstream that issues tokens and behaves like the Mentorship System, tunable and breakable.
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { CHAT, createDemoApp, type Latency } from './demo-app.ts'
import { type Handshake, openDemoChat } from './demo-chat.ts'
import { createDemoFaults, type DemoFaults } from './demo-faults.ts'
import { createDemoJournal, type DemoJournal, type SeenCall } from './demo-journal.ts'
import { createDemoPeople, type DemoPeople } from './demo-people.ts'
import { checkBearer, createDemoRoutes } from './demo-routes.ts'
import { createDemoTokens, type DemoTokens, type Lifetime } from './demo-tokens.ts'
import { personas as fourPersonas, type Persona } from './personas.ts'

export interface DemoUpstreamOptions {
  readonly clock: Clock
  readonly random: Random
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default: a free one. */
  readonly port?: number
  /** Default 10 minutes. */
  readonly accessMs?: Lifetime
  /** Default 4 weeks, counted from the sign-in. */
  readonly refreshMs?: Lifetime
  /** True: refresh tokens rotate, and one used twice ends all that came of its sign-in. */
  readonly rotation?: boolean
  /** How long every answer is held back; or a function asked for every call. Default: not at all. */
  readonly latencyMs?: Latency
  /** As older versions: sign-in answers `access_expiry` and `refresh_expiry` too, epoch seconds, this much wrong. */
  readonly expiryFields?: { readonly offByMs: number }
  /** Default: the four of the demo. */
  readonly personas?: readonly Persona[]
  /** True: whoever is unknown is made up on sign-in, and every password is right except `wrong`. */
  readonly anybody?: boolean
}

export interface DemoUpstream extends AsyncDisposable {
  /** An origin, without a trailing slash. */
  readonly url: string
  readonly control: DemoControl
  /** Cuts what still hangs. */
  close(): Promise<void>
}

export interface DemoControl extends Pick<DemoFaults, 'fault' | 'hold' | 'heal'> {
  /** How many calls have arrived: `count('GET', '/user')`; the path `*` counts the unknown ones. */
  count(method: string, path: string): number
  /** The last 200 calls, newest first. */
  seen(): SeenCall[]
  /** Deletes a person; their tokens stay good, as the Mentorship System has it. */
  remove(username: string): void
  /** The token of the link that a person was mailed; undefined where nobody has that name. */
  confirmation(username: string): string | undefined
  /** How often a rotated refresh token was used a second time. */
  readonly reuses: number
}

export async function openDemoUpstream(options: DemoUpstreamOptions): Promise<DemoUpstream> {
  const { clock, random, host = '127.0.0.1', port = 0, personas = fourPersonas } = options
  const faults = createDemoFaults()
  const journal = createDemoJournal(clock)
  const people = createDemoPeople({ clock, random, personas, anybody: options.anybody ?? false })
  const tokens = createDemoTokens(options)
  const routes = createDemoRoutes({ people, tokens, expiryFields: options.expiryFields })
  const app = createDemoApp({ clock, latencyMs: options.latencyMs ?? 0, faults, journal, routes })
  const judge = (request: IncomingMessage) => judgeHandshake(request, { journal, people, tokens })
  const chat = openDemoChat({ clock, server: app.server, judge })
  const url = await app.listen({ host, port })
  const close = async () => {
    faults.heal()
    chat.close()
    await app.close()
  }
  return {
    url,
    control: {
      fault: faults.fault,
      hold: faults.hold,
      heal: faults.heal,
      count: journal.count,
      seen: journal.seen,
      ...controlOf(people),
      get reuses() {
        return tokens.reuses
      },
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function controlOf(people: DemoPeople): Pick<DemoControl, 'remove' | 'confirmation'> {
  return {
    remove(username) {
      const person = people.byUsername(username)
      if (person) people.remove(person)
    },
    confirmation: (username) => people.byUsername(username)?.confirmation,
  }
}

interface Handed {
  readonly journal: DemoJournal
  readonly people: DemoPeople
  readonly tokens: DemoTokens
}

function judgeHandshake(request: IncomingMessage, handed: Handed): Handshake {
  const { authorization, cookie } = request.headers
  const arrival = { method: 'GET', path: CHAT, known: true, authorization }
  const entry = handed.journal.arrive({ ...arrival, cookie: cookie !== undefined })
  const checked = checkBearer(handed.tokens, authorization, 'access')
  const refused = (answer: readonly [number, unknown]) => {
    entry.answered(answer[0])
    return { kind: 'refused', answer } as const
  }
  if (checked.kind === 'refused') return refused(checked.answer)
  const person = handed.people.byId(checked.claims.identity)
  if (!person) return refused([404, { message: 'User does not exist.' }])
  entry.belongsTo(person.username)
  entry.answered(101)
  return { kind: 'good', username: person.username }
}
