// What there is in a recording, before any of it is played: who, how much, and what has to be known for it.
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { NOBODY } from '../run.ts'
import { fieldsOf, isLeftOut } from './fill.ts'
import type { Identity } from './identity.ts'
import { withoutQuery } from './owner.ts'
import type { RecordedPeople } from './people.ts'
import type { RecordedCall } from './recorded-call.ts'
import type { NoCall, UnplayedCounts } from './unplayed.ts'

export interface Survey {
  readonly calls: number
  /** The file breaks off. */
  readonly cut: boolean
  /** Entries that no replay makes again; not among `calls`. */
  readonly unplayed: UnplayedCounts
  readonly personas: readonly string[]
  /** Sessions that were there before the recording began. */
  readonly earlier: ReadonlyArray<{ readonly session: string; readonly persona: string }>
  /** What their sign-ins need, by persona. */
  readonly fields: ReadonlyMap<string, ReadonlySet<string>>
  /** What sign-ins of anybody sent, by its names there. */
  readonly sent: ReadonlySet<string>
  /** The first call that something is missing from which is put back nowhere: `alice POST /api/notes`. */
  readonly unfilled: string | undefined
  /** What the recording says of everybody's sessions. */
  readonly people: RecordedPeople
}

export async function surveyOf(calls: AsyncIterable<RecordedCall | NoCall>): Promise<Survey> {
  const personas = new Set<string>()
  const sessions = new Set<string>()
  const earlier: Array<{ session: string; persona: string }> = []
  const fields = new Map<string, Set<string>>()
  const people = new Map<string, Identity[]>()
  const sent = new Set<string>()
  const unplayed: { -readonly [Kind in keyof UnplayedCounts]: number } = {}
  let unfilled: string | undefined
  let count = 0
  let cut = false
  const need = (persona: string, field: string) =>
    fields.set(persona, (fields.get(persona) ?? new Set()).add(field))
  const meet = (session: string | undefined, persona: string | undefined, begins: boolean) => {
    if (session === undefined || sessions.has(session)) return
    sessions.add(session)
    if (begins || persona === undefined) return
    earlier.push({ session, persona })
    need(persona, 'password')
  }
  for await (const call of calls) {
    if ('cut' in call) {
      if (call.cut) cut = true
      else unplayed[call.unplayed] = (unplayed[call.unplayed] ?? 0) + 1
      continue
    }
    count++
    if (call.persona !== undefined) personas.add(call.persona)
    note(people, call)
    if (call.before !== undefined) meet(call.before, call.persona, false)
    meet(call.session, call.persona, call.signIn)
    if (unfilled === undefined && !call.bodyCut && isLeftOut(call)) {
      unfilled = `${call.persona ?? NOBODY} ${call.method} ${withoutQuery(call.path)}`
    }
    if (!call.signIn) continue
    noteSent(sent, call)
    if (call.persona !== undefined) for (const field of fieldsOf(call)) need(call.persona, field)
  }
  const bounds = { calls: count, cut, unplayed, unfilled }
  return { ...bounds, personas: [...personas], earlier, fields, sent, people }
}

/** Sign-ins have a few. */
const MOST_FIELDS = 32

function noteSent(sent: Set<string>, { body = '' }: RecordedCall): void {
  const fields = readJson(body)
  for (const name of isJsonObject(fields) ? Object.keys(fields) : []) {
    if (sent.size < MOST_FIELDS) sent.add(name)
  }
}

/** So many identities of one persona are kept. */
const MOST_IDENTITIES = 16

function note(
  people: Map<string, Identity[]>,
  { persona, session, sub, name }: RecordedCall,
): void {
  if (persona === undefined || session === undefined || (sub ?? name) === undefined) return
  const known = people.get(persona) ?? []
  if (known.some((one) => one.sub === sub && one.name === name)) return
  const identity = { provider: undefined, sub, name, claims: {} }
  if (known.length < MOST_IDENTITIES) people.set(persona, [...known, identity])
}
