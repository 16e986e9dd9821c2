// "Show me the bug": the same two people through a gateway that keeps one jar for all.
import { useEffect, useRef, useState } from 'react'
import { Cross, Stop, Tick } from './marks.tsx'
import { type Person, personNamed } from './people.ts'
import { isForeign, type JarCall, useBug } from './use-bug.ts'
import { timeOf } from './words.ts'

export interface BugPanelProps {
  readonly one: Person
  readonly other: Person
  readonly onClose: () => void
}

export function BugPanel({ one, other, onClose }: BugPanelProps) {
  const [attempt, setAttempt] = useState(1)
  const { calls, state } = useBug([one.username, other.username], attempt)
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])

  const foreign = calls.filter(isForeign).length
  const refused = calls.filter(({ shown }) => shown === undefined).length
  const own = calls.length - foreign - refused
  return (
    <section className="panel bug" aria-labelledby="bug-title">
      <h2 id="bug-title" ref={title} tabIndex={-1}>
        The same two through one jar
      </h2>
      <div className="bug-body">
        <div className="story">
          <p>
            This gateway keeps the last sign-in's token and profile in one jar for everybody.{' '}
            {one.first} and {other.first} sign in at the same moment, then each asks for their own
            profile: the bug that Coatcheck was made against.
          </p>
          <ul className="score">
            <li>
              <b>{own}</b> answered right
            </li>
            <li className={refused > 0 ? 'bad' : undefined}>
              <b>{refused}</b> refused with a good token
            </li>
            <li className={foreign > 0 ? 'worst' : undefined}>
              <b>{foreign}</b> shown somebody else's profile
            </li>
          </ul>
          <p className="unseen" role="status">
            {state === 'over' &&
              `Of ${calls.length} answers ${own} were right, ${refused} refused, ${foreign} somebody else's profile.`}
            {state === 'failed' && 'The trial does not answer.'}
          </p>
          <p>
            {state === 'failed'
              ? 'The trial does not answer. Is the demo still running in its terminal?'
              : 'Behind Coatcheck there is no jar: each session is sealed by itself, and only its own ticket opens it.'}
          </p>
          <p className="actions">
            <button
              type="button"
              className="button"
              disabled={state === 'running'}
              onClick={() => setAttempt(attempt + 1)}
            >
              {state === 'running' ? 'Running …' : 'Once more'}
            </button>
            <button type="button" className="button" onClick={onClose}>
              Back to Coatcheck
            </button>
          </p>
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
        <section className="scroll" aria-labelledby="bug-title" tabIndex={0}>
          <table aria-labelledby="bug-title">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Who asked</th>
                <th scope="col">Answer</th>
                <th scope="col">What came</th>
              </tr>
            </thead>
            <tbody>
              {calls.map((call) => (
                <JarRow key={call.id} call={call} />
              ))}
            </tbody>
          </table>
        </section>
      </div>
    </section>
  )
}

function JarRow({ call }: { readonly call: JarCall }) {
  const { at, asked, status, shown, message } = call
  const person = personNamed(asked)
  const foreign = isForeign(call)
  const kind = foreign ? 'worst' : shown === undefined ? 'bad' : 'right'
  return (
    <tr className={kind} data-person={asked}>
      <td data-label="Time">{timeOf(at)}</td>
      <td data-label="Who asked" className="owner">
        {person.name}
      </td>
      <td data-label="Answer">{status}</td>
      <td data-label="What came">
        {kind === 'right' && (
          <>
            <Tick /> {person.first}'s own profile
          </>
        )}
        {kind === 'bad' && (
          <>
            <Cross /> {message ?? 'Nothing'}
          </>
        )}
        {shown !== undefined && foreign && (
          <strong>
            <Stop /> This is {personNamed(shown).first}'s profile
          </strong>
        )}
      </td>
    </tr>
  )
}
