// One call, opened: what was received beside what its owner got, or what was recorded, with every foreign marker lit.
import { kindOf, spanText, statusText } from '../../qa/report/page/words.ts'
import type { Mark, Message, RunCall, RunUser } from '../../qa/run.ts'
import { make } from './elements.ts'
import { bodyPieces, headerMarks, marksIn, type Piece, pieces, sameMarkers } from './marks.ts'

type Span = Pick<Mark, 'at' | 'length' | 'owner'>

/** In a sentence, for the heading. */
export function titleOf(call: RunCall): string {
  const { user, owner = 'somebody else', found } = call
  switch (kindOf(call)) {
    case 'foreign':
      return `${user} asked and got ${found?.replace("'", '’') ?? `${owner}’s answer`}`
    case 'thrown_out':
      return `${user} was signed in and was thrown out`
    case 'failed':
      return `${user} got nothing that could be judged`
    case 'different':
      return `${user} got another answer than was recorded`
    case 'mended':
      return `${user} ${thenOf(call)} when it was recorded, and has the right answer now`
    case 'own':
      return `${user} got an answer of their own`
    case 'plain':
      return `${user}: nothing to verify`
  }
}

function thenOf({ recorded }: RunCall): string {
  if (recorded?.outcome === 'thrown_out') return 'was thrown out'
  return `got ${recorded?.owner ?? 'somebody else'}’s answer`
}

/** What is not as it was recorded: one item each. */
export function differencesOf({ differences = [] }: RunCall): readonly HTMLElement[] {
  return differences.map((one) => make('li', {}, one))
}

export function gistOf(call: RunCall, phase: string): string {
  const { n, method, path, status, startMs, endMs } = call
  const took = spanText(endMs - startMs)
  return `Call ${n} · ${phase} · ${method} ${path} · ${statusText(status)} · at ${spanText(startMs)}, took ${took}`
}

/** `other`: the owner's own answer, or what a thrown out user had got before. */
export function bodiesOf(
  call: RunCall,
  other: RunCall | undefined,
  users: readonly RunUser[],
): readonly HTMLElement[] {
  const marks = marksIn(call, 'body')
  const replayed = card(call, `What ${call.user} received`, users, marks)
  const received = [...recordedCard(call, users), replayed]
  if (call.outcome !== 'foreign' && call.outcome !== 'thrown_out') return received
  const owner = call.outcome === 'foreign' ? (call.owner ?? 'its owner') : call.user
  if (!other) return [...received, absent(owner, users)]
  const body = other.response?.body ?? ''
  const same = sameMarkers(body, call.response?.body ?? '', marks)
  const title =
    call.outcome === 'foreign'
      ? `What ${owner} gets when asking ${other.path === call.path ? 'the same' : other.path}`
      : `What ${owner} had got as a valid user`
  return [...received, card(other, title, users, same)]
}

/** The recorded answer as that of a call, where it is told. */
function recordedCard(call: RunCall, users: readonly RunUser[]): readonly HTMLElement[] {
  const { recorded, user, n, phase, method, path, startMs, endMs } = call
  if (!recorded) return []
  const was: RunCall = { n, phase, user, method, path, startMs, endMs, ...recorded }
  const marks = marksIn(was, 'body')
  return [card(was, `What ${user} was answered when it was recorded`, users, marks, 'recorded')]
}

function card(
  call: RunCall,
  title: string,
  users: readonly RunUser[],
  marks: readonly Span[],
  when = `call ${call.n}, ${spanText(call.startMs)}`,
): HTMLElement {
  const { request, response } = call
  const isForeign = call.outcome === 'foreign'
  const article = make(
    'article',
    {
      class: isForeign ? 'message foreign' : 'message',
      'data-colour': users.find(({ name }) => name === call.user)?.colour,
    },
    make('h3', {}, title),
    make(
      'p',
      { class: 'line' },
      make('code', {}, `${call.method} ${call.path}`),
      make('span', { class: 'status' }, statusText(call.status)),
      make('span', { class: 'soft' }, when),
    ),
  )
  if (!request && !response) {
    article.append(
      make('p', { class: 'empty' }, 'The messages of this call are not in the report.'),
    )
    return article
  }
  if (response) {
    article.append(body(response, marks))
    article.append(headers('Answer’s headers', response, call))
  }
  if (request) {
    article.append(headers('Request’s headers', request))
    if (request.body) article.append(folded('Request’s body', [body(request, [])]))
  }
  return article
}

function body({ body: text, cut }: Message, marks: readonly Span[]): HTMLElement {
  if (text === '') return make('p', { class: 'empty' }, 'An empty body.')
  const code = make('code', {}, ...lit(bodyPieces(text, marks)))
  const pre = make('pre', { tabindex: 0, role: 'region', 'aria-label': 'Body' }, code)
  if (cut) pre.append(make('span', { class: 'cut' }, '\n… the body went on'))
  return pre
}

/** Open where a marker is in one of them. */
function headers(title: string, { headers: flat }: Message, call?: RunCall): HTMLElement {
  const list = make('dl', { class: 'headers' })
  let isLit = false
  for (let n = 0; n + 1 < flat.length; n += 2) {
    const [name = '', value = ''] = flat.slice(n, n + 2)
    const found = pieces(value, call ? headerMarks(call, flat, n + 1) : [])
    isLit ||= found.some(({ owner }) => owner !== undefined)
    list.append(make('dt', {}, name), make('dd', {}, ...lit(found)))
  }
  return folded(title, [list], isLit)
}

function folded(title: string, inner: readonly HTMLElement[], open = false): HTMLElement {
  return make('details', { open }, make('summary', {}, title), ...inner)
}

function lit(parts: readonly Piece[]): ReadonlyArray<Node | string> {
  return parts.map(({ text, owner }) =>
    owner === undefined ? text : make('mark', { title: `${owner}’s` }, text),
  )
}

function absent(owner: string, users: readonly RunUser[]): HTMLElement {
  return make(
    'article',
    { class: 'message', 'data-colour': users.find(({ name }) => name === owner)?.colour },
    make('h3', {}, `What ${owner} gets`),
    make('p', { class: 'empty' }, `The report holds no answer of ${owner}’s own to lay beside it.`),
  )
}
