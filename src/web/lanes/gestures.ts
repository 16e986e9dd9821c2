// What mouse, fingers and keys mean on the lanes. A page scrolls past them as ever: zooming takes Ctrl or two fingers.
import type { Point } from './layout.ts'
import type { Step } from './walk.ts'

export interface Gestures {
  /** `undefined`: nowhere any more. `reach` in px. */
  point(at: Point | undefined, reach: number): void
  press(at: Point, reach: number): void
  /** Towards later for more than 0. */
  panBy(px: number): void
  /** In for factors below 1; `x` stays where it is. */
  zoomAt(factor: number, x: number): void
  zoomBy(factor: number): void
  step(step: Step): void
  enter(): void
  all(): void
  foreign(way: 1 | -1): void
}

const STEPS: Readonly<Record<string, Step>> = {
  ArrowRight: 'next',
  ArrowLeft: 'previous',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'first',
  End: 'last',
}

/** A hand that trembles less than this, px, presses. */
const STILL = 5
const KEY_PAN = 80

/** Until `signal` aborts. */
export function followGestures(target: HTMLElement, signal: AbortSignal, does: Gestures): void {
  followPointers(target, signal, does)
  const options = { signal }
  target.addEventListener('wheel', (event) => onWheel(event, target, does), {
    signal,
    passive: false,
  })
  target.addEventListener('keydown', (event) => onKey(event, does), options)
  target.addEventListener('blur', () => does.point(undefined, 0), options)
  target.addEventListener(
    'dblclick',
    (event) => does.zoomAt(event.shiftKey ? 2 : 0.5, placeIn(target, event).x),
    options,
  )
}

function followPointers(target: HTMLElement, signal: AbortSignal, does: Gestures): void {
  const down = new Map<number, Point>()
  let start: Point | undefined
  let moved = false
  const on = (name: 'pointerdown' | 'pointermove' | 'pointerup', act: (e: PointerEvent) => void) =>
    target.addEventListener(name, act, { signal })

  on('pointerdown', (event) => {
    if (event.button !== 0) return
    target.setPointerCapture(event.pointerId)
    down.set(event.pointerId, placeIn(target, event))
    moved = down.size > 1
    start = placeIn(target, event)
  })
  on('pointermove', (event) => {
    const at = placeIn(target, event)
    const before = down.get(event.pointerId)
    if (!before || !start) return does.point(at, reachOf(event))
    if (!moved && Math.hypot(at.x - start.x, at.y - start.y) < STILL) return
    moved = true
    does.point(undefined, 0)
    const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, point]) => point)
    down.set(event.pointerId, at)
    if (!other) return does.panBy(before.x - at.x)
    const apart = Math.max(20, Math.abs(at.x - other.x))
    does.zoomAt(Math.max(20, Math.abs(before.x - other.x)) / apart, (at.x + other.x) / 2)
  })
  on('pointerup', (event) => {
    if (down.delete(event.pointerId) && !moved) does.press(placeIn(target, event), reachOf(event))
  })
  for (const name of ['pointercancel', 'lostpointercapture'] as const) {
    target.addEventListener(name, (event) => down.delete(event.pointerId), { signal })
  }
  target.addEventListener('pointerleave', () => does.point(undefined, 0), { signal })
}

function onWheel(event: WheelEvent, target: HTMLElement, does: Gestures): void {
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
  const [x, y] = [event.deltaX * lines, event.deltaY * lines]
  if (event.ctrlKey || event.metaKey) does.zoomAt(1.0025 ** y, placeIn(target, event).x)
  else if (event.shiftKey && x === 0) does.panBy(y)
  else if (Math.abs(x) > Math.abs(y)) does.panBy(x)
  else return
  event.preventDefault()
}

function onKey(event: KeyboardEvent, does: Gestures): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const { key } = event
  const step = STEPS[key]
  if (step && event.shiftKey && (step === 'next' || step === 'previous')) {
    does.panBy(step === 'next' ? KEY_PAN : -KEY_PAN)
  } else if (step) does.step(step)
  else if (key === 'Enter' || key === ' ') does.enter()
  else if (key === '+' || key === '=') does.zoomBy(0.6)
  else if (key === '-' || key === '−') does.zoomBy(1 / 0.6)
  else if (key === '0') does.all()
  else if (key === 'n') does.foreign(1)
  else if (key === 'N') does.foreign(-1)
  else return
  event.preventDefault()
}

function placeIn(target: HTMLElement, event: MouseEvent): Point {
  const { left, top } = target.getBoundingClientRect()
  return { x: event.clientX - left, y: event.clientY - top }
}

function reachOf({ pointerType }: PointerEvent): number {
  return pointerType === 'mouse' ? 9 : 20
}
