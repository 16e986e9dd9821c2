// One persona: how their session is, and everything that can be done to it.
import { Avatar } from '../demo/avatar.tsx'
import { isLive, type PersonaState } from './answers.ts'
import { Button } from './button.tsx'
import { Countdowns } from './countdowns.tsx'
import type { Doing } from './doing.ts'
import { Menu } from './menu.tsx'
import { agoText, count, initialOf, pillOf, putText, STATES, STEPS, statusText } from './words.ts'

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
  const put = session ? putText(session) : undefined
  const { lastCall } = session ?? {}
  return (
    <li className={`card ${pill.look}`} data-colour={colour} data-name={name}>
      <div className="card-head">
        <Avatar initial={initialOf(name)} />
        <h3>
          {name} {live && sessions > 1 && <small>newest of {sessions}</small>}
        </h3>
        <label className="tick">
          <span className="unseen">Tick {name}</span>
          <input
            type="checkbox"
            checked={ticked}
            onChange={(event) => onTick(event.currentTarget.checked)}
          />
        </label>
      </div>
      <p className="state">
        <span className={`pill ${pill.look}`}>{pill.word}</span>
        {put && (
          <span className="put" title="The record does not show it: a call will">
            {put}
          </span>
        )}
      </p>
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
        <Button className="button strong" onClick={() => doing.open([name])}>
          Open<span className="unseen"> {name}</span>
        </Button>
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
          unable={!live}
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
        <Button
          unable={!live}
          title={sessions > 1 ? `Ends all of ${count(sessions, 'session')}` : undefined}
          onClick={() => doing.end(persona)}
        >
          End<span className="unseen"> {name}</span>
        </Button>
      </div>
    </li>
  )
}
