// Which calls are shown: by user, outcome, phase, and a part of their path.
import { countText, OUTCOMES, outcomeWord } from '../../qa/report/page/words.ts'
import type { CallOutcome, Run, RunCall } from '../../qa/run.ts'
import { shapeOf } from '../lanes/shapes.ts'
import { find, make } from './elements.ts'
import { markOf } from './mark-of.ts'
import { matcher, type Wanted } from './matcher.ts'

/** `onChange` hears of every change, and of the phase that was chosen, if that is what changed. */
export function showFilters(
  { users, phases, calls }: Pick<Run, 'users' | 'phases' | 'calls'>,
  onChange: (matches: (call: RunCall) => boolean, phase?: string) => void,
): void {
  const user = find('select', 'by-user')
  const phase = find('select', 'by-phase')
  const path = find('input', 'by-path')
  const counts = new Map<CallOutcome, number>()
  for (const { outcome } of calls) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  const chips = OUTCOMES.filter((outcome) => counts.has(outcome)).map((outcome) => {
    const chip = make(
      'button',
      { type: 'button', class: 'button small chip', 'aria-pressed': 'false' },
      markOf(shapeOf({ outcome, status: 200 })),
      outcomeWord(outcome),
      make('b', {}, countText(counts.get(outcome) ?? 0)),
    )
    chip.dataset.outcome = outcome
    chip.addEventListener('click', () => {
      chip.setAttribute('aria-pressed', String(chip.getAttribute('aria-pressed') === 'false'))
      changed()
    })
    return [outcome, chip] as const
  })
  find('fieldset', 'by-outcome').append(...chips.map(([, chip]) => chip))
  user.append(make('option', { value: '' }, 'everybody'))
  user.append(...users.map(({ name }) => make('option', { value: name }, name)))
  phase.append(make('option', { value: '' }, 'all'))
  phase.append(...phases.map(({ name, title }) => make('option', { value: name }, title)))

  function changed(chosenPhase?: string): void {
    const pressed = chips.filter(([, chip]) => chip.getAttribute('aria-pressed') === 'true')
    const wanted: Wanted = {
      user: user.value,
      phase: phase.value,
      path: path.value,
      outcomes: new Set(pressed.map(([outcome]) => outcome)),
    }
    onChange(matcher(wanted), chosenPhase)
  }

  user.addEventListener('change', () => changed())
  phase.addEventListener('change', () => changed(phase.value))
  path.addEventListener('input', () => changed())
  find('form', 'filters').addEventListener('submit', (event) => event.preventDefault())
}
