// The foreign answers, and what is not as it was recorded, as plain tables: on paper, and wherever scripts do not run. Pure.
import type { Run } from '../../run.ts'
import { html, type Markup } from './markup.ts'
import { countText, kindOf, spanText, statusText } from './words.ts'

/** A few pages of paper. */
const MOST_ROWS = 150
const MOST_OF_PATH = 120
const MOST_OF_WHAT = 400

export function printedOf(run: Run): Markup {
  return html`${[foreignOf(run), differentOf(run)]}`
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
