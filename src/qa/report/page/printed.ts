// What went wrong as plain tables, and the first foreign answer itself: on paper, and wherever scripts do not run. Pure.
import type { Mark, Run, RunCall } from '../../run.ts'
import { html, type Markup } from './markup.ts'
import { countText, kindOf, spanText, statusText } from './words.ts'

/** A few pages of paper. */
const MOST_ROWS = 150
const MOST_OF_PATH = 120
const MOST_OF_WHAT = 400

export function printedOf(run: Run): Markup {
  return html`${[firstOf(run), foreignOf(run), thrownOutOf(run), differentOf(run)]}`
}

interface Table {
  readonly id: string
  readonly title: string
  readonly head: readonly string[]
  readonly rows: ReadonlyArray<ReadonlyArray<Markup | string | number>>
}

/** Nothing where it has no rows. */
function tableOf({ id, title, head, rows }: Table): Markup {
  if (rows.length === 0) return html``
  const more = rows.length - MOST_ROWS
  return html`
<section class="printed" aria-labelledby="${id}">
  <h2 id="${id}">${title}</h2>
  <table>
    <thead><tr>${head.map((name) => html`<th>${name}</th>`)}</tr></thead>
    <tbody>${rows.slice(0, MOST_ROWS).map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
  </table>
  ${more > 0 ? html`<p>And ${countText(more)} more.</p>` : undefined}
</section>`
}

function requestOf({ method, path }: RunCall): Markup {
  return html`<code>${method} ${path.slice(0, MOST_OF_PATH)}</code>`
}

function phaseTitle({ phases }: Run, phase: string): string {
  return phases.find(({ name }) => name === phase)?.title ?? phase
}

function differentOf({ calls }: Run): Markup {
  const different = calls.filter((call) => kindOf(call) === 'different')
  return tableOf({
    id: 'printed-different',
    title: 'Not as it was recorded',
    head: ['#', 'At', 'Asked by', 'Request', 'What is different'],
    rows: different.map((call) => [
      call.n,
      spanText(call.startMs),
      call.user,
      requestOf(call),
      (call.differences ?? []).join(', ').slice(0, MOST_OF_WHAT),
    ]),
  })
}

function foreignOf(run: Run): Markup {
  const foreign = run.calls.filter(({ outcome }) => outcome === 'foreign')
  return tableOf({
    id: 'printed',
    title: 'Answers that belonged to someone else',
    head: ['#', 'At', 'Phase', 'Asked by', 'Request', 'Status', 'Belonged to'],
    rows: foreign.map((call) => [
      call.n,
      spanText(call.startMs),
      phaseTitle(run, call.phase),
      call.user,
      requestOf(call),
      statusText(call.status),
      html`<strong>${call.owner ?? 'somebody'}</strong>`,
    ]),
  })
}

/** A row for each user, phase and request: once out, one is out again and again. */
function thrownOutOf(run: Run): Markup {
  const out = run.calls.filter(({ outcome }) => outcome === 'thrown_out')
  const alike = Map.groupBy(out, ({ phase, user, method, path }) =>
    JSON.stringify([phase, user, method, path]),
  )
  return tableOf({
    id: 'printed-out',
    title: 'Valid users who were thrown out',
    head: ['First', 'At', 'Phase', 'Who', 'Request', 'Status', 'Times'],
    rows: [...alike.values()].flatMap(([call, ...others]) =>
      call === undefined
        ? []
        : [
            [
              call.n,
              spanText(call.startMs),
              phaseTitle(run, call.phase),
              call.user,
              requestOf(call),
              statusText(call.status),
              1 + others.length,
            ],
          ],
    ),
  })
}

/** Of the first that was kept with what is lit in it: that piece of it. */
function firstOf({ calls }: Run): Markup {
  const first = calls.find(
    ({ outcome, marks, response }) => outcome === 'foreign' && marks?.length && response,
  )
  const mark = first?.marks?.[0]
  const text = first && mark && textOf(first, mark)
  if (!first || !mark || text === undefined) return html``
  const from = Math.max(0, mark.at - AROUND)
  const end = mark.at + mark.length
  const to = Math.min(text.length, end + AROUND)
  const found = first.found ?? `${first.owner ?? 'somebody else'}'s answer`
  return html`
<section class="printed" aria-labelledby="printed-first">
  <h2 id="printed-first">The first of them</h2>
  <p>Call ${first.n}: ${first.user} asked <code>${first.method} ${first.path.slice(0, MOST_OF_PATH)}</code>, answered ${statusText(first.status)}: ${found}.</p>
  <pre><code>${nameOf(first, mark)}${from > 0 ? '…' : ''}${text.slice(from, mark.at)}<mark>${text.slice(mark.at, end)}</mark>${text.slice(end, to)}${to < text.length ? '…' : ''}</code></pre>
</section>`
}

/** Characters on both sides of what is lit. */
const AROUND = 400

function textOf({ response }: RunCall, mark: Mark): string | undefined {
  if (mark.in === 'body') return response?.body
  return mark.header === undefined ? undefined : response?.headers[mark.header]
}

function nameOf({ response }: RunCall, { header }: Mark): string {
  return header === undefined ? '' : `${response?.headers[header - 1] ?? ''}: `
}
