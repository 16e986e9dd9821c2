// "You hold": the ticket, and all that a script of this page can see of it.
import type { ReactNode } from 'react'
import type { Session } from '../../client/client.ts'
import { Hanger, Lock } from './marks.tsx'
import { useScriptsCookie } from './use-live.ts'

/** Every ticket is spelled in as many characters. */
const VALUE_BYTES = 204

export function Ticket({ session }: { readonly session: Session | undefined }) {
  const cookie = useScriptsCookie()
  const name = `coatcheck-${location.port || '80'}`
  const bytes = name.length + 1 + VALUE_BYTES
  return (
    <section className="panel" aria-labelledby="hold-title">
      <h2 id="hold-title">You hold</h2>
      <div className={session ? 'ticket-shadow' : 'ticket-shadow blank'}>
        <div className="ticket">
          <div className="stub" aria-hidden="true">
            <Hanger />
            <span>Coat check</span>
          </div>
          <div className="ticket-body">
            <p className="label">{session ? 'Ticket' : 'No ticket'}</p>
            <p className="ref">{session ? session.ref : '··········'}</p>
            <dl className="facts">
              <Fact name="Cookie">{session ? <code>{name}</code> : 'none'}</Fact>
              <Fact name="Size">{session ? `${bytes} bytes, sealed` : '0 bytes'}</Fact>
            </dl>
            {session && (
              <ul className="chips" aria-label="How the browser keeps it">
                <li>
                  <Lock />
                  HttpOnly
                </li>
                <li>
                  <Lock />
                  Strict
                </li>
              </ul>
            )}
            <p className="live">
              <code>
                document.cookie → <b>{JSON.stringify(cookie)}</b>
              </code>
            </p>
          </div>
        </div>
      </div>
      <p className="caption">
        {session
          ? 'All your browser has. It opens nothing by itself, and no script can read it.'
          : 'Sign in, and you are handed a ticket. Your token stays at the counter.'}
      </p>
    </section>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
