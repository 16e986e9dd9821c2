// Which calls are shown: by user, what became of them, phase, and a part of their path.
import { countText, KINDS, type Kind, kindOf, kindWord } from '../../qa/report/page/words.ts'
import type { Run, RunCall } from '../../qa/run.ts'
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
  const byKind = Map.groupBy(calls, kindOf)
  const chips = KINDS.flatMap((kind) => {
    const [first, ...others] = byKind.get(kind) ?? []
    if (!first) return []
    const chip = make(
      'button',
      { type: 'button', class: 'button small chip', 'aria-pressed': 'false' },
      markOf(shapeOf({ ...first, status: 200 })),
      kindWord(kind),
      make('b', {}, countText(others.length + 1)),
    )
    chip.dataset.outcome = kind
    chip.addEventListener('click', () => {
      chip.setAttribute('aria-pressed', String(chip.getAttribute('aria-pressed') === 'false'))
      changed()
    })
    return [[kind, chip] as const]
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
      kinds: new Set<Kind>(pressed.map(([kind]) => kind)),
    }
    onChange(matcher(wanted), chosenPhase)
  }

  user.addEventListener('change', () => changed())
  phase.addEventListener('change', () => changed(phase.value))
  path.addEventListener('input', () => changed())
  find('form', 'filters').addEventListener('submit', (event) => event.preventDefault())
}
