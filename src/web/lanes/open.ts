// Lanes within an element of a page: drawn, zoomed and panned by mouse, finger and keys; whoever opens them closes them.
import type { RunCall } from '../../qa/run.ts'
import { drawLanes } from './draw.ts'
import { followGestures } from './gestures.ts'
import { type Hit, hit } from './hit.ts'
import { type LaneCall, type LanesRun, type LanesSource, readyLanes } from './lanes-run.ts'
import { type Frame, layOut, measure, momentAt } from './layout.ts'
import { readPalette } from './palette.ts'
import { openTip } from './tip.ts'
import { around, pan, reveal, spanOf, type View, zoom } from './view.ts'
import { nextSought, type Step, walk } from './walk.ts'

export interface LanesOptions {
  /** What the lanes are, for whoever does not see them. */
  readonly label: string
  /** A call in a few words, for its tooltip and for a screen reader. */
  describe(call: RunCall): string
  /** Clicked, tapped, or chosen by Enter. */
  onPick(call: RunCall): void
  /** Somebody zoomed or panned: whoever moves the view in time may want to stop that. */
  onMove?(view: View): void
  /** What stands at a moment of the scale; left out: time since the run began. */
  timeOf?(at: number): string
}

export interface Lanes {
  /** Another run, or more of the same: the view stays unless it is handed one, which may go beyond the calls. */
  show(source: LanesSource, view?: View): void
  /** Without one, the whole run. */
  setView(view?: View): void
  /** In or out around the middle. */
  zoomBy(factor: number): void
  /** Marks a call, and shows it where the view does not. */
  pick(call: RunCall | undefined): void
  /** Picks the next or previous foreign answer that is lit, else different or mended one; false where there is none. */
  pickSought(way: 1 | -1): boolean
  /** Calls that are not lit are faint, and keys pass them by. */
  light(isLit: (call: RunCall) => boolean): void
  close(): void
}

const KEYS_HELP =
  'Arrow keys go from call to call, Enter opens one, N goes to the next foreign or different answer, + and − zoom, 0 shows everything.'

export function openLanes(host: HTMLElement, options: LanesOptions): Lanes {
  const canvas = host.appendChild(document.createElement('canvas'))
  canvas.className = 'lanes'
  canvas.tabIndex = 0
  canvas.setAttribute('role', 'application')
  canvas.setAttribute('aria-label', `${options.label}. ${KEYS_HELP}`)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('this browser draws no canvas')
  const tip = openTip(host)
  const live = new AbortController()

  let run: LanesRun = readyLanes({ users: [], phases: [], calls: [] })
  let reachable: readonly LaneCall[] = []
  let view = run.whole
  let isLit: (call: RunCall) => boolean = () => true
  let picked: RunCall | undefined
  let pointed: RunCall | undefined
  let colours = readPalette(host)
  let frame: Frame = layOut(run, view, measure(0, 0))
  let due = 0

  function draw(): void {
    due = 0
    const box = measure(run.users.length, host.clientWidth, run.phases.length > 0)
    if (box.width === 0 || !context) return
    const ratio = window.devicePixelRatio || 1
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)]
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width
      canvas.height = height
      canvas.style.height = `${box.height}px`
    }
    frame = layOut(run, view, box, options.timeOf)
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    drawLanes(context, frame, colours, { picked, pointed, isLit })
  }

  function redraw(): void {
    if (due === 0) due = requestAnimationFrame(draw)
  }

  function look(next: View): void {
    view = next
    redraw()
  }

  function move(next: View): void {
    look(next)
    options.onMove?.(view)
  }

  function point(found: Hit | undefined): void {
    canvas.classList.toggle('over', found !== undefined)
    if (pointed !== found?.call) redraw()
    pointed = found?.call
    if (!found) {
      tip.hide()
      return
    }
    const more = found.count > 1 ? ` (and ${found.count - 1} more here)` : ''
    tip.show(options.describe(found.call) + more, found.at)
  }

  function choose(call: RunCall): void {
    picked = call
    redraw()
    options.onPick(call)
  }

  function findReady(call: RunCall | undefined): LaneCall | undefined {
    return call && reachable.find((one) => one.call === call)
  }

  /** As keys do it: shown, told, and not yet opened. */
  function standOn(next: LaneCall | undefined): void {
    if (!next) return
    look(reveal(view, next.call.endMs, run.whole))
    draw()
    const dot = frame.dots.find(({ call }) => call === next.call)
    const at = dot ?? { x: frame.box.width / 2, y: frame.box.top }
    point({ call: next.call, count: 1, at })
    tip.say(options.describe(next.call))
  }

  const lanes: Lanes = {
    show(source, nextView) {
      const ready = readyLanes(source)
      run = { ...ready, whole: nextView ? around(ready.whole, nextView) : ready.whole }
      reachable = run.calls.filter(({ call }) => isLit(call))
      look(nextView ?? (spanOf(view) > 0 && frame.box.width > 0 ? view : run.whole))
    },
    setView: (next = run.whole) => look(zoom(next, 1, next.from, run.whole)),
    zoomBy: (factor) => move(zoom(view, factor, (view.from + view.to) / 2, run.whole)),
    pick(call) {
      picked = call
      if (call) view = reveal(view, call.endMs, run.whole)
      redraw()
    },
    pickSought(way) {
      const next = nextSought(reachable, findReady(pointed ?? picked), way)
      if (!next) return false
      point(undefined)
      lanes.pick(next.call)
      options.onPick(next.call)
      return true
    },
    light(next) {
      isLit = next
      reachable = run.calls.filter(({ call }) => isLit(call))
      redraw()
    },
    close() {
      live.abort()
      cancelAnimationFrame(due)
      watch.disconnect()
      tip.close()
      canvas.remove()
    },
  }

  followGestures(canvas, live.signal, {
    point: (at, reach) => point(at && hit(frame, at, reach)),
    press(at, reach) {
      const found = hit(frame, at, reach)
      if (found) choose(found.call)
    },
    panBy: (px) => move(pan(view, (px * spanOf(view)) / plotWidth(frame), run.whole)),
    zoomAt: (factor, x) => move(zoom(view, factor, momentAt(x, view, frame.box), run.whole)),
    step: (step: Step) => standOn(walk(reachable, findReady(pointed ?? picked), step)),
    enter: () => pointed && choose(pointed),
    zoomBy: lanes.zoomBy,
    all: () => lanes.setView(),
    foreign: (way) => void lanes.pickSought(way),
  })

  const watch = new ResizeObserver(redraw)
  watch.observe(host)
  matchMedia('(prefers-color-scheme: dark)').addEventListener(
    'change',
    () => {
      colours = readPalette(host)
      redraw()
    },
    { signal: live.signal },
  )
  return lanes
}

function plotWidth({ box }: Frame): number {
  return Math.max(1, box.right - box.left)
}
