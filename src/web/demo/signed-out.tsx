// The desk of somebody who is not signed in: no ticket, and the ways to get one.
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import type { SessionState } from '../../client/client.ts'
import { useSignIn } from '../../client/react.ts'
import { Avatar } from './avatar.tsx'
import { ByMail } from './by-mail.tsx'
import { addressOf, demoPassword, type Person, people } from './people.ts'
import { Ticket } from './ticket.tsx'
import { problemWords } from './words.ts'

export interface SignedOutProps {
  readonly state: SessionState
  /** Whose address this is. */
  readonly host: Person | undefined
  readonly below: ReactNode
}

export function SignedOut({ state, host, below }: SignedOutProps) {
  return (
    <div className="desk full out">
      {state.reason === 'session_changed' ? (
        <Changed />
      ) : (
        <>
          <Ticket session={undefined} />
          <SignIn host={host} />
        </>
      )}
      <Steps />
      {below}
    </div>
  )
}

/** Somebody else is signed in at this address. */
function Changed() {
  return (
    <section className="panel sign-in changed" aria-labelledby="changed-title">
      <h2 id="changed-title">Side by side instead</h2>
      <div className="sheet">
        <p>
          One address is one person at a time. Give everybody their own, and one browser holds all
          four:
        </p>
        <ul className="people">
          {people.map((person) => (
            <li key={person.username} data-person={person.username}>
              <a className="persona" href={addressOf(person)} target="_blank" rel="noreferrer">
                <Avatar initial={person.initial} />
                {person.first}
              </a>
            </li>
          ))}
        </ul>
        <p>
          <button type="button" className="button strong" onClick={() => location.reload()}>
            Load their page here
          </button>
        </p>
      </div>
    </section>
  )
}

function Steps() {
  return (
    <ol className="steps" aria-label="How it works">
      <li>
        <strong>You sign in.</strong> The counter keeps the token that the upstream issues, sealed,
        and hands your browser a ticket.
      </li>
      <li>
        <strong>You ask for something.</strong> It goes up with your token and without your cookie,
        and the answer comes back as it is.
      </li>
      <li>
        <strong>The token runs out.</strong> The counter renews it once, however many ask at that
        moment. Nobody is signed out.
      </li>
    </ol>
  )
}

function SignIn({ host }: { readonly host: Person | undefined }) {
  const { signIn, pending, problem } = useSignIn()
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [nameField, passwordField] = [useId(), useId()]
  const words = problem && problemWords(problem)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void signIn({ username, password })
  }
  // At alice.localhost Alice comes first.
  const inOrder = host ? [host, ...people.filter((person) => person !== host)] : people
  return (
    <section className="panel sign-in" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">Hand in your coat</h2>
      <div className="sheet">
        <ul className="people" aria-label="Sign in as one of four">
          {inOrder.map((person) => (
            <li key={person.username} data-person={person.username}>
              <button
                type="button"
                className="persona"
                disabled={pending}
                onClick={() => void signIn({ username: person.username, password: demoPassword })}
              >
                <Avatar initial={person.initial} />
                {person.first}
              </button>
            </li>
          ))}
        </ul>
        <p className="or">or by hand</p>
        <form onSubmit={submit}>
          <p>
            <label htmlFor={nameField}>User name</label>
            <input
              id={nameField}
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              value={username}
              onChange={({ target }) => setUsername(target.value)}
            />
          </p>
          <p>
            <label htmlFor={passwordField}>Password</label>
            <input
              id={passwordField}
              name="password"
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={({ target }) => setPassword(target.value)}
            />
          </p>
          <button type="submit" className="button strong" disabled={pending}>
            {pending ? 'One moment' : 'Sign in'}
          </button>
        </form>
        <p className="hint">
          Everybody's password is <code>{demoPassword}</code>, which is good for nothing else.
        </p>
        <ByMail host={host} />
        <div role="alert">
          {words && (
            <p className="failure">
              <strong>{words.title}.</strong> {words.text}
            </p>
          )}
        </div>
      </div>
    </section>
  )
}
