// What a replayed answer is, beside the recorded one: whose it is, and what is different about it. Pure.
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { valueAt } from '../../tokens/pointer.ts'
import type { CallOutcome } from '../run.ts'
import type { OwnerRule, RecordedCall } from './recorded-call.ts'
import type { SentAnswer } from './sent-answer.ts'

/** Who a session is for, as its own sign-in said. */
export interface Identity {
  readonly sub: string | undefined
  readonly name: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
}

export interface JudgeOptions {
  /** In place of the rule that came with the call. */
  readonly owner: OwnerRule | undefined
  /** JSON Pointers whose values must be the same. */
  readonly compare: readonly string[]
  /** As values are written in a recording. */
  readonly redact: (text: string) => string
}

export interface Judgement {
  readonly outcome: CallOutcome
  /** What is not as it was, each in a few words. */
  readonly differences: readonly string[]
  /** The value that says whose the answer is, where that is somebody else. */
  readonly foreign?: string
  /** The gateway held somebody else's answer, or token, back. */
  readonly stopped: boolean
  /** It was wrong when it was recorded, and is right. */
  readonly mended: boolean
}

interface Answer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string | undefined
}

export function judge(
  recorded: RecordedCall,
  live: SentAnswer,
  who: Identity | undefined,
  options: JudgeOptions,
): Judgement {
  const then: Answer = {
    status: recorded.status,
    headers: recorded.answerHeaders,
    body: recorded.answer,
  }
  const recordedAs =
    recorded.session === undefined
      ? undefined
      : { sub: recorded.sub, name: recorded.name, claims: {} }
  const rule = options.owner ?? recorded.owner
  const before = outcomeOf(then, recordedAs, recorded.signIn, rule)
  const after = outcomeOf(live, who, recorded.signIn, rule)
  const stopped = problemOf(live) === 'leak_prevented'
  const bad =
    before.outcome === 'foreign' ||
    before.outcome === 'thrown_out' ||
    problemOf(then) === 'leak_prevented'
  const good = after.outcome === 'own' || (after.outcome === 'plain' && live.status < 400)
  const mended = bad && good
  // Thrown out only where the recording was not: what always was 401 is as it was.
  const thrownOut = after.outcome === 'thrown_out' && before.outcome !== 'thrown_out'
  const outcome = after.outcome === 'thrown_out' && !thrownOut ? 'plain' : after.outcome
  return {
    outcome,
    differences:
      mended || recorded.leftAfterMs !== undefined
        ? []
        : differences(recorded, then, live, options),
    ...(after.owner === undefined ? {} : { foreign: after.owner }),
    stopped,
    mended,
  }
}

function outcomeOf(
  answer: Answer,
  who: Identity | undefined,
  signIn: boolean,
  rule: OwnerRule | undefined,
): { outcome: CallOutcome; owner?: string } {
  if (answer.status === 0) return { outcome: 'failed' }
  if (signIn || who === undefined) return { outcome: 'plain' }
  if (problemOf(answer) === 'leak_prevented') return { outcome: 'foreign' }
  const owner = rule && ownerOf(answer, rule)
  const expected = rule && expectedOf(who, rule)
  if (owner !== undefined && expected !== undefined) {
    return owner === expected ? { outcome: 'own' } : { outcome: 'foreign', owner }
  }
  return { outcome: answer.status === 401 ? 'thrown_out' : 'plain' }
}

function differences(
  recorded: RecordedCall,
  then: Answer,
  live: SentAnswer,
  { compare, redact }: JudgeOptions,
): string[] {
  const found: string[] = []
  if (live.status !== then.status)
    found.push(`status ${then.status || 'none'} → ${live.status || 'none'}`)
  const [wrote, writes] = [mediaTypeOf(then), mediaTypeOf(live)]
  // What is no service of the recorded kind answers everything with 200, and with a page.
  if (wrote !== undefined && writes !== undefined && wrote !== writes)
    found.push(`content type ${wrote} → ${writes}`)
  const [was, is] = [problemOf(then), problemOf(live)]
  if (was !== is) found.push(`problem ${was ?? 'none'} → ${is ?? 'none'}`)
  if (compare.length === 0 || live.status !== then.status || recorded.answerCut || live.cut)
    return found
  const [left, right] = [readJson(then.body ?? ''), readJson(live.body)]
  if (!isJsonObject(left) && !Array.isArray(left)) return found
  for (const pointer of compare) {
    const [a, b] = [shown(valueAt(left, pointer)), shown(valueAt(right, pointer))]
    if (a !== b && a !== redact(b)) found.push(`${pointer} ${short(a)} → ${short(redact(b))}`)
  }
  return found
}

export function ownerOf({ headers, body }: Answer, rule: OwnerRule): string | undefined {
  if ('header' in rule) {
    const at = headers.findIndex((name, index) => index % 2 === 0 && name === rule.header)
    return at === -1 ? undefined : headers[at + 1]
  }
  return textOf(valueAt(readJson(body ?? ''), rule.field))
}

export function expectedOf(who: Identity, { is }: OwnerRule): string | undefined {
  if (is === 'sub' || is === 'name') return who[is]
  return textOf(who.claims[is])
}

function problemOf({ headers }: Pick<Answer, 'headers'>): string | undefined {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name === 'coatcheck-problem')
  return at === -1 ? undefined : headers[at + 1]
}

/** Of a content type without its parameters; undefined where there is no body to have one. */
function mediaTypeOf({ headers }: Pick<Answer, 'headers'>): string | undefined {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name === 'content-type')
  return at === -1 ? undefined : headers[at + 1]?.split(';', 1)[0]?.trim().toLowerCase()
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  return typeof value === 'number' ? String(value) : undefined
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
