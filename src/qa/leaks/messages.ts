// What of a request and its answer is kept for reports: redacted, bounded in size and in number.
import type { Mark, Message } from '../run.ts'
import { plainName } from './hops.ts'
import type { Judgement } from './judge.ts'
import { hitsIn } from './judge.ts'
import type { Knowledge } from './knowledge.ts'
import { isStrong, type Marker } from './markers.ts'
import type { Redactor } from './redact.ts'
import { sightOf } from './sight.ts'
import type { Observation } from './step.ts'

export interface Heard {
  /** Names in small letters and values in turn. */
  readonly headers: readonly string[]
  readonly body: string
  readonly cut: boolean
}

export interface Kept {
  readonly marks: readonly Mark[]
  readonly request?: Message
  readonly response?: Message
}

export interface Messages {
  /** What in this answer belongs to others than `user`, by what is known at this moment. */
  foreignIn(heard: Heard | undefined, user: string, path: string): ReadonlySet<Marker>
  /** What is lit in what was kept of it, where only later answers told that it is foreign. */
  lit(one: Observation): Observation
  keep(
    judgement: Judgement,
    request: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
    heard: Heard | undefined,
    foreign: ReadonlySet<Marker>,
  ): Kept
}

/** So many exchanges are kept whole: of what went wrong, and of what went right. */
const KEPT_BAD = 300
const KEPT_GOOD = 100
const NONE: Kept = { marks: [] }

export function createMessages(knowledge: Knowledge, redactor: Redactor): Messages {
  let bad = 0
  let good = 0

  function marksOf(
    message: Message,
    found: readonly Mark[],
    { outcome, owner }: Judgement,
  ): Mark[] {
    if (outcome !== 'foreign' || owner === undefined || found.length > 0) return [...found]
    // Found by its place alone: too short or too plain to be searched for.
    const text = knowledge.expected(owner) ?? ''
    const at = text === '' ? -1 : message.body.indexOf(text)
    return at < 0 ? [] : [{ owner, in: 'body', at, length: text.length }]
  }

  return {
    foreignIn(heard, user, path) {
      const hits = heard ? hitsIn(heard, knowledge) : []
      return new Set(
        hits.filter((hit) => knowledge.isForeign(hit, user, path)).map(({ marker }) => marker),
      )
    },
    lit(one) {
      const { response, owner } = one
      if (!response || owner === undefined || one.marks.length > 0) return one
      const spans = (text: string) =>
        knowledge.markers
          .scan(text)
          .filter(({ marker }) => marker.owner === owner && !isStrong(marker))
      const markers = new Set<Marker>()
      const marksIn = (text: string, place: Mark['in'], header?: number) =>
        spans(text).map(({ at, length, marker }): Mark => {
          markers.add(marker)
          return { owner, in: place, at, length, ...(header === undefined ? {} : { header }) }
        })
      const marks = [
        ...response.headers.flatMap((value, at) =>
          at % 2 === 1 ? marksIn(value, placeOf(response.headers[at - 1]), at) : [],
        ),
        ...marksIn(response.body, 'body'),
      ]
      const looking = { user: one.step.user, owner, foreign: markers }
      const sight = markers.size > 0 ? sightOf(response, looking, knowledge) : undefined
      return { ...one, marks, ...(sight ? { sight } : {}) }
    },
    keep(judgement, request, heard, foreign) {
      const isBad = !['own', 'plain'].includes(judgement.outcome)
      if (isBad ? bad++ >= KEPT_BAD : good++ >= KEPT_GOOD) {
        return judgement.outcome === 'foreign' ? { marks: marksAlone(heard, foreign) } : NONE
      }
      const headers = Object.entries(request.headers).flat()
      const sent = redactor.keep({ headers, body: request.body }, () => false).message
      if (!heard) return { marks: [], request: sent }
      const { message, marks } = redactor.keep(heard, ({ marker }) => foreign.has(marker))
      return { marks: marksOf(message, marks, judgement), request: sent, response: message }
    },
  }

  /** Of what is not kept, where the cookies at least were somebody else's: the kind of a bug hangs on that. */
  function marksAlone(heard: Heard | undefined, foreign: ReadonlySet<Marker>): Mark[] {
    if (!heard) return []
    const cookies = heard.headers.filter(
      (_, at) => at % 2 === 1 && plainName(heard.headers[at - 1] ?? '') === 'set-cookie',
    )
    return cookies.flatMap((line) =>
      knowledge.markers
        .scan(line)
        .filter(({ marker }) => foreign.has(marker))
        .map(
          ({ at, length, marker }): Mark => ({ owner: marker.owner, in: 'set-cookie', at, length }),
        ),
    )
  }
}

function placeOf(name = ''): Mark['in'] {
  return plainName(name) === 'set-cookie' ? 'set-cookie' : 'header'
}
