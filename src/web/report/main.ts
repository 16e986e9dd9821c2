// The report's page: the lanes, one call opened, and the table of all, from the run that the page carries.
import { counterparts } from '../../qa/report/page/counterparts.ts'
import type { Bounded, LeftOut } from '../../qa/report/page/packed.ts'
import {
  countText,
  KINDS,
  kindOf,
  kindWord,
  spanText,
  statusText,
} from '../../qa/report/page/words.ts'
import type { RunCall } from '../../qa/run.ts'
import { openLanes } from '../lanes/open.ts'
import { SHAPES, type Shape, shapeOf } from '../lanes/shapes.ts'
import { soughtIn } from '../lanes/walk.ts'
import { bodiesOf, differencesOf, gistOf, titleOf } from './answer.ts'
import { openCalls } from './calls.ts'
import { copyBy } from './copy.ts'
import { readRun } from './data.ts'
import { find, make } from './elements.ts'
import { showFilters } from './filters.ts'
import { markOf } from './mark-of.ts'

document.documentElement.dataset.live = ''
const copy = document.querySelector<HTMLButtonElement>('#copy')
const curl = document.querySelector<HTMLElement>('#curl')
if (copy && curl) copyBy(copy, curl)
readRun(find('script', 'run').textContent ?? '').then(showRun, () => {
  const trouble = find('p', 'trouble')
  trouble.textContent =
    'This browser cannot unpack the calls of this report. A browser of this year shows lanes, bodies and the table.'
  trouble.hidden = false
})

function showRun(run: Bounded): void {
  const { users, phases, calls } = run
  if (calls.length === 0) return
  for (const id of ['timeline', 'all']) find('section', id).hidden = false
  const phaseTitle = (name: string) => phases.find((one) => one.name === name)?.title ?? name
  const beside = counterparts(calls)

  const lanes = openLanes(find('div', 'lanes'), {
    label:
      'Calls of each user in time; an arrow leads from the owner of an answer to who received it',
    describe,
    onPick: (call) => open(call, 'lanes'),
  })
  const table = openCalls(find('div', 'calls'), {
    users,
    phaseTitle,
    onOpen: (call) => open(call, 'table'),
  })

  function open(call: RunCall, from: 'lanes' | 'table' | 'start'): void {
    const section = find('section', 'answer')
    const title = find('h2', 'answer-title')
    section.hidden = false
    section.dataset.outcome = kindOf(call)
    title.replaceChildren(markOf(shapeOf(call)), titleOf(call))
    find('p', 'answer-gist').textContent = gistOf(call, phaseTitle(call.phase))
    find('ul', 'answer-differences').replaceChildren(...differencesOf(call))
    find('div', 'answer-bodies').replaceChildren(...bodiesOf(call, beside(call), users))
    find('button', 'back').hidden = from !== 'table'
    lanes.pick(call)
    table.pick(call)
    if (from === 'table') {
      find('section', 'timeline').scrollIntoView({ block: 'start' })
      title.focus({ preventScroll: true })
    }
  }

  const worst = KINDS.slice(0, KINDS.indexOf('own')).flatMap(
    (kind) => calls.find((call) => kindOf(call) === kind && call.response) ?? [],
  )

  lanes.show(run)
  showKey(calls)
  showFilters(run, (matches, phase) => {
    const found = calls.filter(matches)
    find('p', 'shown').textContent =
      found.length === calls.length
        ? `${countText(calls.length)} calls`
        : `${countText(found.length)} of ${countText(calls.length)} calls`
    table.show(found)
    lanes.light(matches)
    if (phase === undefined) return
    const chosen = phases.find(({ name }) => name === phase)
    lanes.setView(chosen && { from: chosen.startMs, to: chosen.endMs })
  })
  find('p', 'shown').textContent = `${countText(calls.length)} calls`
  find('p', 'left-out').textContent = leftOutText(run.left, worst.length === 0)
  table.show(calls)

  find('button', 'zoom-in').addEventListener('click', () => lanes.zoomBy(0.5))
  find('button', 'zoom-out').addEventListener('click', () => lanes.zoomBy(2))
  find('button', 'zoom-all').addEventListener('click', () => lanes.setView())
  const sought = soughtIn(calls.map(kindOf))
  const next = find('button', 'next')
  next.textContent = NEXT[sought ?? 'foreign']
  next.hidden = sought === undefined
  next.addEventListener('click', () => lanes.pickSought(1))
  find('button', 'back').addEventListener('click', () => table.focus())

  if (worst[0]) open(worst[0], 'start')
}

function describe(call: RunCall): string {
  const { user, owner, method, path, status, startMs, endMs } = call
  const kind = kindOf(call)
  const what =
    kind === 'foreign' && owner
      ? `${owner}’s answer`
      : [kindWord(kind), ...(call.differences?.slice(0, 1) ?? [])].join(': ')
  return `${user}: ${method} ${path} → ${statusText(status)}, ${what}, at ${spanText(startMs)}, took ${spanText(endMs - startMs)}`
}

const NEXT = {
  foreign: 'Next foreign answer',
  different: 'Next difference',
  mended: 'Next that was wrong',
} as const

const KEY: Readonly<Record<Shape, string>> = {
  diamond: 'belonged to someone else',
  square: 'a valid user thrown out',
  unequal: 'not as it was recorded',
  tick: 'wrong when it was recorded, right now',
  cross: 'no answer, or none to judge',
  triangle: 'refused or failed, as may be',
  disc: 'own data, verified',
  ring: 'nothing to verify',
}

function showKey(calls: readonly RunCall[]): void {
  const used = new Set(calls.map(shapeOf))
  const items = SHAPES.toReversed().filter((shape) => used.has(shape))
  find('ul', 'key').append(
    ...items.map((shape) => make('li', {}, markOf(shape), KEY[shape])),
    ...(used.has('diamond')
      ? [make('li', { class: 'arrow' }, 'from its owner to who received it')]
      : []),
  )
}

function leftOutText(left: LeftOut, isClean: boolean): string {
  const without = left.shown - left.withMessages
  const first = 'each user’s first of a kind'
  const kept = isClean ? first : `what went wrong, what it is compared with, and ${first}`
  return [
    left.shown < left.calls &&
      `${countText(left.calls - left.shown)} of ${countText(left.calls)} calls are left out, spread evenly.`,
    without > 0 &&
      `Headers and bodies are here for ${countText(left.withMessages)} calls: ${kept}. ${without === 1 ? '1 other call is' : `${countText(without)} other calls are`} listed without them.`,
    left.troubleWithout > 0 &&
      `To keep this file small, ${countText(left.troubleWithout)} calls that went wrong had to go without, too.`,
    left.cutPaths > 0 && `${countText(left.cutPaths)} long paths are cut.`,
  ]
    .filter(Boolean)
    .join(' ')
}
