// `toBelongTo`, for any runner whose `expect.extend` takes functions that answer `{ pass, message }`.
import type { OwnerOracle } from './owner-oracle.ts'

/** For a runner's own types, which extend theirs by it. */
export interface OwnerMatchers<R = void | Promise<void>> {
  /**
   * The answer is this persona's, and holds nothing of anybody else. To be awaited for what has to be read first: a
   * `Response`, or Playwright's `APIResponse`.
   */
  toBelongTo(persona: string): R
}

export interface MatcherResult {
  readonly pass: boolean
  message(): string
}

/** No interface: runners ask for an index signature. */
export type OwnerMatcherFunctions = {
  toBelongTo(answer: unknown, persona: string): MatcherResult | Promise<MatcherResult>
}

export function createOwnerMatchers(oracle: OwnerOracle): OwnerMatcherFunctions {
  function judge({ status, said }: Read, persona: string): MatcherResult {
    const judgement = oracle.judge(said, persona)
    const what = status === undefined ? 'the answer' : `the answer (${status})`
    return {
      pass: judgement.kind === 'own',
      message() {
        if (judgement.kind === 'own') return `${what} belongs to ${persona}`
        if (judgement.kind === 'nobody') {
          return `expected ${what} to belong to ${persona}, but nothing in it is of anybody: ${excerpt(said)}`
        }
        const { owner, text } = judgement
        return `expected ${what} to belong to ${persona}, but it holds "${text}" of ${owner}`
      },
    }
  }

  return {
    toBelongTo(answer, persona) {
      const read = readOf(answer)
      return read instanceof Promise
        ? read.then((done) => judge(done, persona))
        : judge(read, persona)
    },
  }
}

interface Read {
  readonly status: number | undefined
  /** Body, then header values. */
  readonly said: string
}

/** A text, an answer of this package, a `Response`, or something that can be read like one. */
function readOf(answer: unknown): Read | Promise<Read> {
  if (typeof answer === 'string') return { status: undefined, said: answer }
  if (typeof answer === 'object' && answer !== null && 'text' in answer) {
    const { text } = answer
    const { status, headers } = answer as { status?: unknown; headers?: unknown }
    const facts = [askedOf(status, answer), askedOf(headers, answer)] as const
    const read = (body: unknown): Read => ({
      status: typeof facts[0] === 'number' ? facts[0] : undefined,
      said: [String(body), ...headerValues(facts[1])].join('\n'),
    })
    if (typeof text === 'string') return read(text)
    if (typeof text === 'function') {
      // A body can be read once, and the test may want it too.
      const copy = answer instanceof Response ? answer.clone() : answer
      return Promise.resolve(text.call(copy)).then(read)
    }
  }
  throw new TypeError(
    'toBelongTo takes an answer: a text, a Response, or what gateway.as() answers',
  )
}

/** Playwright's are functions. */
function askedOf(value: unknown, answer: object): unknown {
  return typeof value === 'function' ? value.call(answer) : value
}

function headerValues(headers: unknown): string[] {
  if (headers instanceof Headers) return [...headers.values()]
  return typeof headers === 'object' && headers !== null ? Object.values(headers).map(String) : []
}

function excerpt(said: string): string {
  return said.length > 200 ? `${said.slice(0, 200)}…` : said
}
