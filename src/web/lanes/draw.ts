// Draws a frame of lanes: bands and names, then calls, then what went wrong above everything else.
import type { RunCall } from '../../qa/run.ts'
import { curveOf } from './curve.ts'
import type { Arrow, Dot, Frame } from './layout.ts'
import type { Palette } from './palette.ts'
import { isOpen, type Shape, traceShape } from './shapes.ts'

export interface Emphasis {
  /** The call that is opened, and the one that is pointed at. */
  readonly picked: RunCall | undefined
  readonly pointed: RunCall | undefined
  /** Calls that are not lit are faint. */
  isLit(call: RunCall): boolean
}

type Canvas = CanvasRenderingContext2D

/** The context's unit is a CSS pixel. */
export function drawLanes(
  canvas: Canvas,
  frame: Frame,
  colours: Palette,
  emphasis: Emphasis,
): void {
  const { box } = frame
  canvas.clearRect(0, 0, box.width, box.height)
  drawPhases(canvas, frame, colours)
  drawLines(canvas, frame, colours)
  drawNames(canvas, frame, colours)
  canvas.save()
  canvas.beginPath()
  canvas.rect(box.left - box.dot, 0, box.right - box.left + 2 * box.dot, box.height)
  canvas.clip()
  drawDots(canvas, frame, colours, emphasis)
  drawArrows(canvas, frame, colours, emphasis)
  drawTrouble(canvas, frame, colours, emphasis)
  drawHalos(canvas, frame, colours, emphasis)
  canvas.restore()
}

function drawPhases(canvas: Canvas, { box, phases, lanes }: Frame, colours: Palette): void {
  const bottom = box.top + lanes.length * box.laneHeight
  canvas.font = `600 11.5px ${colours.letters}`
  canvas.textBaseline = 'middle'
  canvas.textAlign = 'left'
  for (const { title, x, width } of phases) {
    canvas.fillStyle = colours.band
    canvas.beginPath()
    canvas.roundRect(x + 0.5, 3, Math.max(width - 1, 1), bottom - 1, 6)
    canvas.fill()
    canvas.fillStyle = colours.soft
    const text = fitting(canvas, title, width - 14)
    if (text === title || text.length > 6) canvas.fillText(text, x + 7, 15)
  }
}

function drawLines(canvas: Canvas, { box, lanes, ticks }: Frame, colours: Palette): void {
  const bottom = box.top + lanes.length * box.laneHeight
  canvas.strokeStyle = colours.line
  canvas.lineWidth = 1
  canvas.beginPath()
  for (const { y } of lanes) {
    canvas.moveTo(box.left, crisp(y))
    canvas.lineTo(box.right, crisp(y))
  }
  for (const { x } of ticks) {
    canvas.moveTo(crisp(x), bottom)
    canvas.lineTo(crisp(x), bottom + 5)
  }
  canvas.moveTo(box.left, crisp(bottom))
  canvas.lineTo(box.right, crisp(bottom))
  canvas.stroke()

  canvas.font = `11.5px ${colours.letters}`
  canvas.fillStyle = colours.soft
  canvas.textBaseline = 'top'
  for (const { x, label } of ticks) {
    const half = canvas.measureText(label).width / 2
    if (x + half > box.width || x - half < box.left - 20) continue
    canvas.textAlign = 'center'
    canvas.fillText(label, x, bottom + 8)
  }
}

function drawNames(canvas: Canvas, { box, lanes }: Frame, colours: Palette): void {
  const size = Math.min(14, box.laneHeight - 4)
  canvas.font = `600 ${size}px ${colours.letters}`
  canvas.textBaseline = 'middle'
  canvas.textAlign = 'right'
  for (const { name, colour, y } of lanes) {
    canvas.fillStyle = colours.person(colour)
    canvas.fillText(fitting(canvas, name, box.left - 18), box.left - 12, y + 0.5)
  }
}

function drawDots(canvas: Canvas, frame: Frame, colours: Palette, { isLit }: Emphasis): void {
  const colourOf = ({ lane }: Dot) => colours.person(frame.lanes[lane]?.colour ?? '')
  const calm = frame.dots.filter(({ shape }) => !isTrouble(shape))
  for (const lit of [false, true]) {
    const groups = Map.groupBy(
      calm.filter(({ call }) => isLit(call) === lit),
      (dot) => `${dot.shape} ${colourOf(dot)}`,
    )
    for (const dots of groups.values()) {
      const [first] = dots
      if (!first) continue
      canvas.strokeStyle = canvas.fillStyle = colourOf(first)
      canvas.globalAlpha = lit ? 0.3 : 0.08
      drawTails(canvas, dots, frame.box.dot)
      canvas.globalAlpha = lit ? 1 : 0.16
      paint(canvas, first.shape, dots, colours.band, frame.box.dot - 0.4)
    }
  }
  canvas.globalAlpha = 1
}

function drawTails(canvas: Canvas, dots: readonly Dot[], r: number): void {
  canvas.beginPath()
  for (const { x, y, startX } of dots) {
    if (x - startX < r * 1.5) continue
    canvas.moveTo(startX, y)
    canvas.lineTo(x - r, y)
  }
  canvas.lineWidth = r * 0.62
  canvas.lineCap = 'round'
  canvas.stroke()
}

function drawArrows(canvas: Canvas, { arrows }: Frame, colours: Palette, emphasis: Emphasis): void {
  const meant = emphasis.pointed ?? emphasis.picked
  canvas.strokeStyle = canvas.fillStyle = colours.wrong
  canvas.lineCap = 'butt'
  // Many at once would hide the lanes.
  const usual = arrows.length > 60 ? 0.35 : arrows.length > 20 ? 0.55 : 0.8
  for (const arrow of arrows) {
    if (arrow.call === meant) continue
    canvas.globalAlpha = emphasis.isLit(arrow.call) ? usual : 0.1
    drawArrow(canvas, arrow, 1.3)
  }
  canvas.globalAlpha = 1
  for (const arrow of arrows) if (arrow.call === meant) drawArrow(canvas, arrow, 2.6)
}

function drawArrow(canvas: Canvas, arrow: Arrow, width: number): void {
  const curve = curveOf(arrow)
  const { from, by, to } = curve
  canvas.lineWidth = width
  canvas.beginPath()
  canvas.moveTo(from.x, from.y)
  canvas.bezierCurveTo(by[0].x, by[0].y, by[1].x, by[1].y, to.x, to.y)
  canvas.stroke()
  canvas.beginPath()
  canvas.arc(from.x, from.y, 1.2 + width, 0, 2 * Math.PI)
  canvas.fill()

  const down = to.y > from.y ? 1 : -1
  const side = 2.2 + width
  canvas.beginPath()
  canvas.moveTo(to.x, to.y + down * 2)
  canvas.lineTo(to.x - side, to.y - down * 6)
  canvas.lineTo(to.x + side, to.y - down * 6)
  canvas.fill()
}

function drawTrouble(
  canvas: Canvas,
  { box, dots }: Frame,
  colours: Palette,
  { isLit }: Emphasis,
): void {
  for (const dot of dots) {
    if (!isTrouble(dot.shape)) continue
    canvas.globalAlpha = isLit(dot.call) ? 1 : 0.16
    const colour =
      dot.shape === 'diamond' ? colours.wrong : dot.shape === 'tick' ? colours.good : colours.warn
    canvas.strokeStyle = canvas.fillStyle = colour
    paint(canvas, dot.shape, [dot], colours.card, box.dot)
  }
  canvas.globalAlpha = 1
}

function drawHalos(
  canvas: Canvas,
  { box, dots }: Frame,
  colours: Palette,
  emphasis: Emphasis,
): void {
  const { picked, pointed } = emphasis
  for (const { call, x, y } of dots) {
    if (call !== picked && call !== pointed) continue
    canvas.strokeStyle = colours.ink
    canvas.lineWidth = call === picked ? 2.2 : 1.4
    canvas.beginPath()
    canvas.arc(x, y, box.dot * 1.5 + 3.2, 0, 2 * Math.PI)
    canvas.stroke()
  }
}

function paint(
  canvas: Canvas,
  shape: Shape,
  dots: readonly Dot[],
  within: string,
  r: number,
): void {
  canvas.beginPath()
  for (const { x, y } of dots) traceShape(canvas, shape, x, y, r)
  canvas.lineWidth = shape === 'tick' || shape === 'unequal' ? 2 : 1.7
  canvas.lineJoin = 'round'
  if (shape === 'disc' || shape === 'diamond') canvas.fill()
  else if (!isOpen(shape)) {
    const own = canvas.fillStyle
    canvas.fillStyle = within
    canvas.fill()
    canvas.fillStyle = own
  }
  if (shape !== 'disc') canvas.stroke()
}

/** What may not hide behind a crowd of usual answers. */
function isTrouble(shape: Shape): boolean {
  return shape === 'diamond' || shape === 'square' || isOpen(shape)
}

function fitting(canvas: Canvas, text: string, width: number): string {
  if (canvas.measureText(text).width <= width) return text
  let [from, to] = [0, text.length]
  while (from < to) {
    const middle = (from + to + 1) >> 1
    if (canvas.measureText(`${text.slice(0, middle)}…`).width <= width) from = middle
    else to = middle - 1
  }
  return from === 0 ? '' : `${text.slice(0, from)}…`
}

function crisp(px: number): number {
  return Math.round(px) + 0.5
}
