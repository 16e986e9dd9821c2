// What callers of /qa ask for, read from JSON bodies: every complaint says what could have been written.
import { ProblemError } from '../errors.ts'
import type { QaContext } from './context.ts'
import type { BenchPersona } from './personas-sign-in.ts'
import type { AdvanceBy } from './sessions-changes.ts'
import { type BenchState, benchStates } from './sessions-states.ts'
import type { BenchSession } from './sessions-view.ts'

export type Fields = Readonly<Record<string, unknown>>

/** No body is an empty one. Throws `bad_request` for a field that is not in `known`. */
export function fieldsIn(body: unknown, known: readonly string[], context: QaContext): Fields {
  if (body === undefined || body === null) return {}
  if (typeof body !== 'object' || Array.isArray(body)) throw bad('Send a JSON object')
  for (const name of Object.keys(body)) {
    if (known.includes(name)) continue
    throw bad(`"${name.slice(0, 40)}" is not known here${meant(name, known, context)}`)
  }
  return { ...body }
}

export function textIn(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '' || value.length > 2048) {
    throw bad(`"${name}" must be text`)
  }
  return value
}

export function personaNamed(name: string | undefined, context: QaContext): BenchPersona {
  const { personas } = context.bench
  const found = personas.find((persona) => persona.name === name)
  if (found) return found
  const names = personas.map((persona) => persona.name)
  const there = `there is ${names.join(', ')}`.replace('is', names.length > 1 ? 'are' : 'is')
  if (name === undefined) throw bad(`Name a persona: ${there}`)
  const known = meant(name, names, context)
  throw new ProblemError('not_found', {
    detail: `No persona is called "${name.slice(0, 40)}"${known || `: ${there}`}`,
  })
}

export function stateNamed(name: string | undefined, context: QaContext): BenchState {
  const found = benchStates.find((state) => state === (name ?? 'fresh'))
  if (found) return found
  const hint = meant(name ?? '', benchStates, context)
  throw bad(`No state is called "${name?.slice(0, 40)}"${hint}; write ${benchStates.join(', ')}`)
}

/** `{ by: "11m" }` or `{ to: "token" | "idle" | "end" }`. */
export function advanceIn(fields: Fields, context: QaContext): AdvanceBy {
  const by = textIn(fields, 'by')
  const to = textIn(fields, 'to')
  const ms = by === undefined ? undefined : context.parseDuration(by)
  if (to === undefined && ms !== undefined && ms <= MOST_MS) return ms
  if (by === undefined && (to === 'token' || to === 'idle' || to === 'end')) return to
  throw bad('Write by: a duration such as 11m (400d at most), or to: token, idle or end')
}

/** Throws `not_found` where the persona has no such session. */
export async function sessionOf(
  persona: BenchPersona,
  ref: string | undefined,
  context: QaContext,
): Promise<BenchSession> {
  const session = await context.bench.current(persona, ref)
  if (session) return session
  const detail =
    ref === undefined
      ? `${persona.name} has no live session: make one with POST /qa/sessions`
      : `${persona.name} has no session with this ref`
  throw new ProblemError('not_found', { detail })
}

export function bad(detail: string): ProblemError {
  return new ProblemError('bad_request', { detail })
}

const MOST_MS = 400 * 86_400_000

function meant(word: string, among: readonly string[], context: QaContext): string {
  const near = context.nearest(word, among)
  return near === undefined ? '' : ` (did you mean ${near})`
}
