// The shape of a call in the lanes, as a drawing that stands in text.
import { type Shape, traceShape } from '../lanes/shapes.ts'

const SVG = 'http://www.w3.org/2000/svg'
const R = 4.6
const SIDE = 16

export function markOf(shape: Shape): SVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', `0 0 ${SIDE} ${SIDE}`)
  svg.setAttribute('class', `shape ${shape}`)
  svg.setAttribute('aria-hidden', 'true')
  const path = svg.appendChild(document.createElementNS(SVG, 'path'))
  path.setAttribute('d', outlineOf(shape))
  return svg
}

function outlineOf(shape: Shape): string {
  const parts: string[] = []
  const middle = SIDE / 2
  const at = (x: number, y: number): string => `${x.toFixed(2)} ${y.toFixed(2)}`
  traceShape(
    {
      moveTo: (x, y) => void parts.push(`M${at(x, y)}`),
      lineTo: (x, y) => void parts.push(`L${at(x, y)}`),
      arc: (_x, _y, r) =>
        void parts.push(`a${r} ${r} 0 1 1 ${-2 * r} 0a${r} ${r} 0 1 1 ${2 * r} 0`),
      closePath: () => void parts.push('Z'),
    },
    shape,
    middle,
    middle,
    R,
  )
  return parts.join('')
}
