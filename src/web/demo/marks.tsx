// The page's drawings. They stand beside words and say nothing to a screen reader.

const line = {
  fill: 'none',
  stroke: 'currentColor',
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const

interface MarkProps {
  readonly d: string
  readonly width: number
  /** The side of its square; default 16. */
  readonly side?: number
  readonly className?: string
}

function Mark({ d, width, side = 16, className = 'mark' }: MarkProps) {
  return (
    <svg aria-hidden="true" viewBox={`0 0 ${side} ${side}`} className={className}>
      <path {...line} strokeWidth={width} d={d} />
    </svg>
  )
}

export function Hanger() {
  return (
    <Mark
      width={1.7}
      side={24}
      className="hanger"
      d="M9.5 6.2a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.7v.7M12 10.8 3.2 17.3c-.9.7-.4 1.9.6 1.9h16.4c1 0 1.5-1.2.6-1.9z"
    />
  )
}

export function Tick() {
  return <Mark width={2} d="m3 8.5 3.2 3.2L13 4.8" />
}

export function Cross() {
  return <Mark width={2} d="m4 4 8 8m0-8-8 8" />
}

export function Stop() {
  return <Mark width={1.8} d="M8 1.8 15 14H1zM8 6v3.6m0 1.9v.2" />
}

export function Bell() {
  return (
    <Mark width={1.8} side={24} d="M3.5 18h17M5.5 15a6.5 6.5 0 0 1 13 0zM12 8.5V6.2m-1.8-.2h3.6" />
  )
}

export function Lock() {
  return <Mark width={1.6} d="M3.5 7.5h9v6h-9zM5.3 7.3V5.2a2.7 2.7 0 0 1 5.4 0v2.1" />
}

export function Beside() {
  return <Mark width={1.6} d="M1.5 3h13v10h-13zM8 3v10M10.5 8h1.8" />
}

export function Bug() {
  return (
    <Mark
      width={1.5}
      d="M5 6.5a3 3 0 0 1 6 0v4a3 3 0 0 1-6 0zM6 3.8 5 2.2m5 1.6 1-1.6M5 8.5H2m12 0h-3M5 6 2.8 4.5M11 6l2.2-1.5M5 11l-2.2 1.7M11 11l2.2 1.7M8 7v6"
    />
  )
}

/** A coat in its owner's colour, hung on the rail, with a tag. */
export function Coat() {
  return (
    <svg aria-hidden="true" viewBox="0 0 120 150" className="coat">
      <path
        {...line}
        className="coat-hook"
        strokeWidth="3.5"
        d="M52 12a8.5 8.5 0 1 1 12.5 7.5c-3.2 1.7-4.5 3.6-4.5 7v5"
      />
      <path
        className="coat-body"
        d="M60 30c-4 0-7 1.5-11 4L25 47c-5 2.7-7.5 6-8.5 11.5L7 116c-.5 3 1.2 5.2 4.2 5.7l8.8 1.3c2.8.4 4.7-1 5.2-3.8L31 88l-1 54c0 3 1.7 4.5 4.5 4.5h51c2.8 0 4.5-1.5 4.5-4.5l-1-54 5.8 31.2c.5 2.8 2.4 4.2 5.2 3.8l8.8-1.3c3-.5 4.7-2.7 4.2-5.7l-9.5-57.5C102.5 53 100 49.7 95 47L71 34c-4-2.5-7-4-11-4z"
      />
      <path className="coat-fold" d="M60 34 46 36.5 56 62l4-9 4 9 10-25.5z" />
      <path {...line} className="coat-seam" strokeWidth="2" d="M60 60v86M42 104h10M68 104h10" />
      <g className="coat-seam-fill">
        <circle cx="65" cy="76" r="2.2" />
        <circle cx="65" cy="92" r="2.2" />
        <circle cx="65" cy="120" r="2.2" />
      </g>
    </svg>
  )
}
