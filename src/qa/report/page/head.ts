// What a report says before any script has run: its sentence, its facts, and the shortest history that shows it. Pure.
import { againInWords } from '../../leaks/words.ts'
import type { Run, Verdict } from '../../run.ts'
import { html, type Markup } from './markup.ts'
import { countText, paceText, spanText, verdictWord } from './words.ts'

const DRAWINGS = {
  leak: 'M8 1.8 15 14H1zM8 6v3.6m0 1.9v.2',
  clean: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM5 8.2l2.2 2.2L11.2 6',
  different: 'M2 5.5h12M2 10.5h12M11 2 5 14',
  unjudged:
    'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.5.3-.8.6-.8 1.2m0 2v.2',
} as const satisfies Record<Verdict['outcome'], string>

const HANGER =
  'M9.5 6.2a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.7v.7M12 10.8 3.2 17.3c-.9.7-.4 1.9.6 1.9h16.4c1 0 1.5-1.2.6-1.9z'

const KINDS = {
  leaks: 'Leak report',
  replay: 'Replay report',
  recording: 'Recording',
} as const satisfies Record<Run['kind'], string>

export function titleOf({ verdict, target }: Run): Markup {
  return html`${split(verdict)[0]}: ${target}`
}

export function headOf(run: Run): Markup {
  const { outcome, explanation } = run.verdict
  const [word, rest] = split(run.verdict)
  return html`
<header class="verdict" data-outcome="${outcome}">
  <p class="brand">${drawing(HANGER, 24, 'hanger')} Coatcheck <span>${KINDS[run.kind]}</span></p>
  <h1><strong>${drawing(DRAWINGS[outcome], 16, 'mark')} ${word}:</strong> ${rest}</h1>
  ${explanation ? html`<p class="explanation"><em>${explanation}</em></p>` : undefined}
  ${notesOf(run.verdict)}
  <dl class="facts">${factsOf(run).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>`
}

/** In sight of the verdict: whoever reads that must know what it left out. */
function notesOf({ notes = [] }: Verdict): Markup | undefined {
  if (notes.length === 0) return undefined
  return html`<section class="notes" aria-label="Seen, and not counted">
    <p>Seen, and not counted:</p>
    <ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>
  </section>`
}

/** Nothing where there is no history, nor a reason why. */
export function historyOf({ verdict: { history, withoutHistory } }: Run): Markup {
  if (history === undefined) {
    return withoutHistory === undefined
      ? html``
      : html`
<section class="history" aria-labelledby="history">
  <h2 id="history">How it happens</h2>
  <p class="gist">${withoutHistory}</p>
</section>`
  }
  const again = againInWords(history)
  return html`
<section class="history" aria-labelledby="history">
  <h2 id="history">How it happens</h2>
  ${again === '' ? undefined : html`<p class="gist">${again}</p>`}
  <div class="story">
    <ol class="steps">${history.steps.map((step) => html`<li>${step}</li>`)}</ol>
    <figure class="script">
      <figcaption id="script">The same with curl <button type="button" class="button" id="copy">Copy</button></figcaption>
      <pre tabindex="0" role="region" aria-labelledby="script"><code id="curl">${history.curl}</code></pre>
    </figure>
  </div>
</section>`
}

/** The word that the sentence begins with, or else the outcome's own, and what follows. */
function split({ outcome, sentence }: Verdict): readonly [word: string, rest: string] {
  const [whole = '', word] = /^([A-Z][A-Z ]*): /.exec(sentence) ?? []
  return [word ?? verdictWord(outcome), sentence.slice(whole.length)]
}

function factsOf(run: Run): ReadonlyArray<readonly [name: string, value: string | Markup]> {
  const { answers, verified } = run.verdict
  const { phases, calls } = run
  const took = calls.reduce((latest, { endMs }) => Math.max(latest, endMs), 0)
  return [
    ['Target', html`<code>${run.target}</code>`],
    ['When', whenOf(run.startedAt)],
    ['Took', spanText(took)],
    ['Users', usersOf(run)],
    ['Answers', countText(answers)],
    ['Verified', html`${countText(verified)}<small> own reads</small>`],
    ...(run.kind === 'replay' && run.pace !== 'reorder'
      ? []
      : [['Seed', String(run.seed)] as const]),
    run.kind === 'replay'
      ? ['Played', paceText(run.pace)]
      : [
          'Phases',
          html`${phases.length}<small> ${phases.map(({ title }) => title).join(' · ')}</small>`,
        ],
  ]
}

/** Whoever never signs in is no user, but has a lane and needs a word. */
function usersOf({ users }: Run): Markup {
  const nobodys = users.filter(({ isNobody }) => isNobody)
  const count = countText(users.length - nobodys.length)
  if (nobodys.length === 0) return html`${count}`
  const names = nobodys.map(({ name }) => name).join(' and ')
  return html`${count}<small> · ${names}: never signed in</small>`
}

function whenOf(ms: number): Markup | string {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return 'unknown'
  const iso = date.toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}<small> UTC</small></time>`
}

function drawing(d: string, side: number, name: string): Markup {
  return html`<svg aria-hidden="true" viewBox="0 0 ${side} ${side}" class="${name}"><path d="${d}"/></svg>`
}
