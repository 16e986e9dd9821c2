// One persona: how their session is, and everything that can be done to it.
import { Avatar } from '../demo/avatar.tsx'
import { isLive, type PersonaState } from './answers.ts'
import { Countdowns } from './countdowns.tsx'
import type { Doing } from './doing.ts'
import { Menu } from './menu.tsx'
import { agoText, count, initialOf, pillOf, STATES, STEPS, statusText } from './words.ts'

export interface CardProps {
  readonly persona: PersonaState
  readonly now: number
  readonly ticked: boolean
  readonly onTick: (ticked: boolean) => void
  readonly doing: Doing
}

export function Card({ persona, now, ticked, onTick, doing }: CardProps) {
  const { name, colour, provider, sessions, session } = persona
  const live = isLive(session)
  const pill = pillOf(session)
  const { lastCall } = session ?? {}
  return (
    <li className={`card ${pill.look}`} data-colour={colour} data-name={name}>
      <div className="card-head">
        <Avatar initial={initialOf(name)} />
        <div className="who">
          <h3>{name}</h3>
          <p className="state">
            <span className={`pill ${pill.look}`}>{pill.word}</span>
            {live && sessions > 1 && <span className="why">newest of {sessions}</span>}
          </p>
        </div>
        <label className="tick">
          <span className="unseen">Tick {name}</span>
          <input
            type="checkbox"
            checked={ticked}
            onChange={(event) => onTick(event.currentTarget.checked)}
          />
        </label>
      </div>
      {live ? (
        <Countdowns session={session} now={now} />
      ) : (
        <p className="nothing">
          {pill.why ?? 'Ended here'}. <span>Open makes a session at {provider}.</span>
        </p>
      )}
      <p className="last">
        {lastCall ? (
          <>
            <code title={`${lastCall.method} ${lastCall.path}`}>
              {lastCall.method} {lastCall.path}
            </code>
            <span>
              {statusText(lastCall)}, {agoText(now - lastCall.at)}
            </span>
          </>
        ) : (
          <span>no call yet</span>
        )}
      </p>
      <div className="deeds">
        <button type="button" className="button strong" onClick={() => doing.open([name])}>
          Open<span className="unseen"> {name}</span>
        </button>
        <Menu
          label="State"
          of={name}
          items={STATES.map(([state, hint]) => ({
            label: state,
            hint,
            onPick: () => doing.put(persona, state),
          }))}
        />
        <Menu
          label="Advance"
          of={name}
          disabled={!live}
          items={STEPS.map(([label, fields]) => ({
            label,
            onPick: () => doing.advance(persona, fields),
          }))}
        />
        <Menu
          label="Copy"
          of={name}
          items={[
            { label: 'curl', hint: 'one line', onPick: () => doing.copy(persona, 'curl') },
            {
              label: 'storageState',
              hint: 'for Playwright',
              onPick: () => doing.copy(persona, 'storageState'),
            },
            {
              label: 'test snippet',
              hint: 'signs in by itself',
              onPick: () => doing.copy(persona, 'test'),
            },
          ]}
        />
        <button
          type="button"
          className="button"
          disabled={!live}
          title={sessions > 1 ? `Ends all of ${count(sessions, 'session')}` : undefined}
          onClick={() => doing.end(persona)}
        >
          End<span className="unseen"> {name}</span>
        </button>
      </div>
    </li>
  )
}
