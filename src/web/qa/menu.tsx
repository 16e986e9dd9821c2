// A button with a menu under it, for mouse and keys (ARIA Authoring Practices: menu button).
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Button } from './button.tsx'

export interface MenuProps {
  readonly label: string
  /** For whoever does not see whose card it is on. */
  readonly of: string
  /** There is nothing to choose. */
  readonly unable?: boolean
  readonly items: ReadonlyArray<{
    readonly label: string
    readonly hint?: ReactNode
    readonly onPick: () => void
  }>
}

export function Menu({ label, of, unable = false, items }: MenuProps) {
  const [open, setOpen] = useState(false)
  const id = useId()
  const whole = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (!open) return
    buttonsIn(list.current)[0]?.focus()
    const leave = (event: Event) => {
      if (!whole.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', leave)
    document.addEventListener('focusin', leave)
    return () => {
      document.removeEventListener('pointerdown', leave)
      document.removeEventListener('focusin', leave)
    }
  }, [open])

  function close(): void {
    setOpen(false)
    button.current?.focus()
  }

  function walk(event: KeyboardEvent): void {
    const all = buttonsIn(list.current)
    const at = all.indexOf(document.activeElement as HTMLButtonElement)
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }
    const next = steps[event.key]
    if (next === undefined && event.key !== 'Escape' && event.key !== 'Tab') return
    if (event.key === 'Tab') {
      setOpen(false)
      return
    }
    event.preventDefault()
    if (next === undefined) close()
    else all[next]?.focus()
  }

  return (
    <div className="menu" ref={whole}>
      <Button
        ref={button}
        unable={unable}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (unable || event.key !== 'ArrowDown') return
          event.preventDefault()
          setOpen(true)
        }}
      >
        {label}
        <span className="unseen"> of {of}</span>
        <svg aria-hidden="true" viewBox="0 0 10 10" className="caret">
          <path d="m1.5 3.5 3.5 3.5 3.5-3.5" />
        </svg>
      </Button>
      {open && (
        <div role="menu" id={id} ref={list} aria-label={`${label} of ${of}`} onKeyDown={walk}>
          {items.map(({ label: word, hint, onPick }) => (
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              key={word}
              onClick={() => {
                close()
                onPick()
              }}
            >
              {word}
              {hint && <small>{hint}</small>}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

function buttonsIn(list: HTMLDivElement | null): HTMLButtonElement[] {
  return [...(list?.querySelectorAll('button') ?? [])]
}
