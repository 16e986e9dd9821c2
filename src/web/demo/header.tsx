// What this is, and the two things to try: somebody else beside, and the bug.
import type { MouseEvent } from 'react'
import { Beside, Bug, Hanger } from './marks.tsx'
import { addressOf, type Person } from './people.ts'

export interface HeaderProps {
  /** Who is opened beside. */
  readonly other: Person
  readonly bug: boolean
  readonly onBug: () => void
}

export function Header({ other, bug, onBug }: HeaderProps) {
  return (
    <header className="header">
      <p className="brand">
        <Hanger />
        Coatcheck
      </p>
      <p className="tagline">Your token stays at the counter. Your browser carries a ticket.</p>
      <nav aria-label="Try it">
        <a
          className="button"
          href={addressOf(other)}
          target="_blank"
          rel="noreferrer"
          onClick={openBeside}
        >
          <Beside />
          Open {other.first} beside me
        </a>
        <button type="button" className="button" aria-pressed={bug} onClick={onBug}>
          <Bug />
          Show me the bug
        </button>
      </nav>
    </header>
  )
}

function openBeside(event: MouseEvent<HTMLAnchorElement>): void {
  const { availWidth, availHeight } = screen
  const width = Math.floor(availWidth / 2)
  const place = `popup,left=${availWidth - width},top=0,width=${width},height=${availHeight}`
  // Where windows are blocked, the link opens a tab.
  if (window.open(event.currentTarget.href, '_blank', place)) event.preventDefault()
}
