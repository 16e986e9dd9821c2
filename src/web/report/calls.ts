// The table of calls: any number of them, of which the page holds those in sight; walked by arrow keys, opened by Enter.
import { kindOf, kindWord, spanText, statusText } from '../../qa/report/page/words.ts'
import type { RunCall, RunUser } from '../../qa/run.ts'
import { shapeOf } from '../lanes/shapes.ts'
import { make } from './elements.ts'
import { markOf } from './mark-of.ts'
import { rowsInSight, scrollFor } from './rows.ts'

const HEADS = ['#', 'At', 'Phase', 'User', 'Request', 'Status', 'Answer'] as const
const WIDE_ROW = 34
const NARROW_ROW = 56

export interface Calls {
  show(calls: readonly RunCall[]): void
  pick(call: RunCall | undefined): void
  /** Where it was left. */
  focus(): void
}

export interface CallsOptions {
  readonly users: readonly RunUser[]
  phaseTitle(name: string): string
  onOpen(call: RunCall): void
}

export function openCalls(host: HTMLElement, options: CallsOptions): Calls {
  const colourOf = new Map(options.users.map(({ name, colour }) => [name, colour]))
  const narrow = matchMedia('(max-width: 699px)')
  const body = make('div', { role: 'rowgroup', class: 'rows' })
  const head = make(
    'div',
    { role: 'row', class: 'row head', 'aria-rowindex': 1 },
    ...HEADS.map((name) => make('span', { role: 'columnheader' }, name)),
  )
  const table = make('div', { role: 'grid', 'aria-label': 'Calls' }, head, body)
  const none = make('p', { class: 'empty', hidden: true }, 'No call is like that.')
  host.append(table, none)

  let calls: readonly RunCall[] = []
  let current = 0
  let picked: RunCall | undefined
  let shown = new Map<number, HTMLElement>()
  let due = 0

  const rowHeight = () => (narrow.matches ? NARROW_ROW : WIDE_ROW)
  const room = () => host.clientHeight - head.offsetHeight

  function rowOf(call: RunCall, at: number): HTMLElement {
    const { owner, user } = call
    const kind = kindOf(call)
    const cells = [
      make('span', { class: 'n' }, String(call.n)),
      make('span', { class: 'at' }, spanText(call.startMs)),
      make('span', { class: 'phase' }, options.phaseTitle(call.phase)),
      make('span', { class: 'who', 'data-colour': colourOf.get(user) }, user),
      make('span', { class: 'what' }, make('code', {}, `${call.method} ${call.path}`)),
      make('span', { class: 'status' }, statusText(call.status)),
      make(
        'span',
        { class: 'outcome', 'data-outcome': kind },
        markOf(shapeOf(call)),
        kind === 'foreign' && owner !== undefined ? `${owner}’s` : kindWord(kind),
      ),
    ]
    for (const cell of cells) cell.setAttribute('role', 'gridcell')
    const row = make(
      'div',
      { role: 'row', class: 'row', 'aria-rowindex': at + 2, 'data-at': at },
      ...cells,
    )
    row.style.transform = `translateY(${at * rowHeight()}px)`
    return row
  }

  function draw(): void {
    due = 0
    const height = rowHeight()
    const { from, to } = rowsInSight(host.scrollTop, room(), height, calls.length)
    const had = shown
    shown = new Map()
    const fresh: HTMLElement[] = []
    for (let at = from; at < to; at++) {
      const call = calls[at]
      if (!call) continue
      const row = had.get(at) ?? rowOf(call, at)
      if (!had.delete(at)) fresh.push(row)
      row.tabIndex = at === current ? 0 : -1
      row.setAttribute('aria-selected', String(call === picked))
      shown.set(at, row)
    }
    // A row that has the focus keeps it until another takes it.
    for (const [at, row] of had) {
      if (row === document.activeElement) shown.set(at, row)
      else row.remove()
    }
    body.append(...fresh)
  }

  function redraw(): void {
    if (due === 0) due = requestAnimationFrame(draw)
  }

  function restart(): void {
    for (const row of shown.values()) row.remove()
    shown = new Map()
    body.style.height = `${calls.length * rowHeight()}px`
    draw()
  }

  function goTo(at: number): void {
    current = Math.max(0, Math.min(at, calls.length - 1))
    host.scrollTop = scrollFor(current, host.scrollTop, room(), rowHeight())
    draw()
    shown.get(current)?.focus({ preventScroll: true })
    draw()
  }

  function open(at: number): void {
    const call = calls[at]
    if (!call) return
    current = at
    options.onOpen(call)
  }

  host.addEventListener('scroll', redraw, { passive: true })
  body.addEventListener('click', ({ target }) => {
    const row = target instanceof Element ? target.closest<HTMLElement>('[data-at]') : null
    if (row) open(Number(row.dataset.at))
  })
  body.addEventListener('keydown', (event) => {
    const page = Math.max(1, Math.floor(room() / rowHeight()) - 1)
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: calls.length - 1,
    }
    const to = steps[event.key]
    if (event.key === 'Enter' || event.key === ' ') open(current)
    else if (to !== undefined) goTo(to)
    else return
    event.preventDefault()
  })
  narrow.addEventListener('change', restart)
  new ResizeObserver(redraw).observe(host)

  return {
    show(next) {
      calls = next
      current = 0
      table.setAttribute('aria-rowcount', String(calls.length + 1))
      table.hidden = calls.length === 0
      none.hidden = calls.length > 0
      host.scrollTop = 0
      restart()
    },
    pick(call) {
      picked = call
      draw()
    },
    focus: () => goTo(current),
  }
}
