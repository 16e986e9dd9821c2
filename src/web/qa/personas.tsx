// The cards, and what goes for those that are ticked.
import { useState } from 'react'
import { Beside } from '../demo/marks.tsx'
import type { BenchState } from './answers.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import type { Doing } from './doing.ts'
import type { Link } from './link.ts'
import { useNow } from './use-link.ts'

export interface PersonasProps {
  readonly link: Link
  readonly state: BenchState
  readonly doing: Doing
}

const EXAMPLE = `qa:
  personas:
    alice: { password: "\${ALICE_PW}" }
    bob: { password: "\${BOB_PW}" }`

export function Personas({ link, state, doing }: PersonasProps) {
  const { personas } = state
  const now = useNow(link)
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const names = personas.map(({ name }) => name).filter((name) => ticked.has(name))
  const shareOne = new Set(personas.map(({ origin }) => origin)).size < personas.length

  return (
    <section className="personas" aria-labelledby="personas-title">
      <div className="bar">
        <h2 id="personas-title">Personas</h2>
        {personas.length > 1 && (
          <div className="tools">
            <span className="hint" id="beside-hint">
              {names.length < 2 ? 'Tick two or more' : names.join(', ')}
            </span>
            <Button
              aria-describedby="beside-hint"
              unable={names.length < 2}
              onClick={() => doing.open(names)}
            >
              <Beside />
              Open side by side
            </Button>
          </div>
        )}
      </div>
      {personas.length === 0 ? (
        <div className="sheet empty">
          <p>
            <strong>No personas yet.</strong> Write down who there is to test with, and start the
            gateway again:
          </p>
          <pre>
            <code>{EXAMPLE}</code>
          </pre>
        </div>
      ) : (
        <ul className="cards">
          {personas.map((persona) => (
            <Card
              key={persona.name}
              persona={persona}
              now={now}
              ticked={ticked.has(persona.name)}
              onTick={(on) => setTicked(withName(ticked, persona.name, on))}
              doing={doing}
            />
          ))}
        </ul>
      )}
      {shareOne && (
        <p className="hint">
          At <code>{state.origin}</code> one browser holds one of them at a time. For a window each:{' '}
          <code>
            coatcheck qa open {personas.map(({ name }) => name).join(' ')} --target {state.origin}
          </code>
        </p>
      )}
    </section>
  )
}

function withName(names: ReadonlySet<string>, name: string, on: boolean): ReadonlySet<string> {
  const others = [...names].filter((one) => one !== name)
  return new Set(on ? [...others, name] : others)
}
