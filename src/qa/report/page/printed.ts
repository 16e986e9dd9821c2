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

function differentOf({ calls }: Run): Markup {
  const different = calls.filter((call) => kindOf(call) === 'different')
  if (different.length === 0) return html``
  const more = different.length - MOST_ROWS
  return html`
<section class="printed" aria-labelledby="printed-different">
  <h2 id="printed-different">Not as it was recorded</h2>
  <table>
    <thead><tr><th>#</th><th>At</th><th>Asked by</th><th>Request</th><th>What is different</th></tr></thead>
    <tbody>${different
      .slice(0, MOST_ROWS)
      .map(
        (call) =>
          html`<tr><td>${call.n}</td><td>${spanText(call.startMs)}</td><td>${call.user}</td><td><code>${call.method} ${call.path.slice(0, MOST_OF_PATH)}</code></td><td>${(call.differences ?? []).join(', ').slice(0, MOST_OF_WHAT)}</td></tr>`,
      )}</tbody>
  </table>
  ${more > 0 ? html`<p>And ${countText(more)} more.</p>` : undefined}
</section>`
}

function foreignOf({ calls, phases }: Run): Markup {
  const foreign = calls.filter(({ outcome }) => outcome === 'foreign')
  if (foreign.length === 0) return html``
  const titles = new Map(phases.map(({ name, title }) => [name, title]))
  const more = foreign.length - MOST_ROWS
  return html`
<section class="printed" aria-labelledby="printed">
  <h2 id="printed">Answers that belonged to someone else</h2>
  <table>
    <thead><tr><th>#</th><th>At</th><th>Phase</th><th>Asked by</th><th>Request</th><th>Status</th><th>Belonged to</th></tr></thead>
    <tbody>${foreign
      .slice(0, MOST_ROWS)
      .map(
        (call) =>
          html`<tr><td>${call.n}</td><td>${spanText(call.startMs)}</td><td>${titles.get(call.phase) ?? call.phase}</td><td>${call.user}</td><td><code>${call.method} ${call.path.slice(0, MOST_OF_PATH)}</code></td><td>${statusText(call.status)}</td><td><strong>${call.owner ?? 'somebody'}</strong></td></tr>`,
      )}</tbody>
  </table>
  ${more > 0 ? html`<p>And ${countText(more)} more.</p>` : undefined}
</section>`
}

function thrownOutOf({ calls, phases }: Run): Markup {
  const out = calls.filter(({ outcome }) => outcome === 'thrown_out')
  if (out.length === 0) return html``
  const titles = new Map(phases.map(({ name, title }) => [name, title]))
  const more = out.length - MOST_ROWS
  return html`
<section class="printed" aria-labelledby="printed-out">
  <h2 id="printed-out">Valid users who were thrown out</h2>
  <table>
    <thead><tr><th>#</th><th>At</th><th>Phase</th><th>Who</th><th>Request</th><th>Status</th></tr></thead>
    <tbody>${out
      .slice(0, MOST_ROWS)
      .map(
        (call) =>
          html`<tr><td>${call.n}</td><td>${spanText(call.startMs)}</td><td>${titles.get(call.phase) ?? call.phase}</td><td>${call.user}</td><td><code>${call.method} ${call.path.slice(0, MOST_OF_PATH)}</code></td><td>${statusText(call.status)}</td></tr>`,
      )}</tbody>
  </table>
  ${more > 0 ? html`<p>And ${countText(more)} more.</p>` : undefined}
</section>`
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
