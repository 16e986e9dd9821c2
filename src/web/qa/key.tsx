// What the shapes mean, as far as they are there.
import { memo } from 'react'
import { SHAPES, type Shape, shapeOf, traceShape } from '../lanes/shapes.ts'
import type { SeenCall } from './call-log.ts'

const WORDS: Readonly<Record<Shape, string>> = {
  disc: 'answered',
  tick: 'wrong when it was recorded, and right',
  unequal: 'not as it was recorded',
  ring: 'sign-in, sign-out, who am I',
  triangle: 'refused or failed',
  square: 'no session to answer from',
  cross: 'no answer, or cut off',
  diamond: 'belonged to somebody else',
}

export function Key({ calls }: { readonly calls: readonly SeenCall[] }) {
  const used = new Set(calls.map(({ run }) => shapeOf(run)))
  return <Items names={SHAPES.filter((shape) => used.has(shape)).join(' ')} />
}

const Items = memo(function Items({ names }: { readonly names: string }) {
  const shapes = SHAPES.filter((shape) => names.split(' ').includes(shape))
  return (
    <ul className="key" aria-label="What the shapes mean">
      {shapes.map((shape) => (
        <li key={shape}>
          <ShapeMark shape={shape} />
          {WORDS[shape]}
        </li>
      ))}
      {shapes.includes('diamond') && (
        <li>
          <svg aria-hidden="true" viewBox="0 0 16 16" className="shape arrow">
            <path d="M2 13C4 5 8 4 12 4M9 1l4 3-4 3" />
          </svg>
          from its owner to who asked
        </li>
      )}
    </ul>
  )
})

export function ShapeMark({ shape }: { readonly shape: Shape }) {
  return (
    <svg aria-hidden="true" viewBox="0 0 16 16" className={`shape ${shape}`}>
      <path d={outlineOf(shape)} />
    </svg>
  )
}

function outlineOf(shape: Shape): string {
  const parts: string[] = []
  traceShape(
    {
      moveTo: (x, y) => void parts.push(`M${x} ${y}`),
      lineTo: (x, y) => void parts.push(`L${x} ${y}`),
      arc: (_x, _y, r) =>
        void parts.push(`a${r} ${r} 0 1 1 ${-2 * r} 0a${r} ${r} 0 1 1 ${2 * r} 0`),
      closePath: () => void parts.push('Z'),
    },
    shape,
    8,
    8,
    4.6,
  )
  return parts.join('')
}
