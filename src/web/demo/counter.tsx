// "The counter holds": the token as far as anybody may see it, how long it lasts, and how often it was renewed.
import { Coat, Tick } from './marks.tsx'
import type { Person } from './people.ts'
import { type Burst, type BurstControl, REQUESTS } from './use-burst.ts'
import { useNow } from './use-live.ts'
import type { HeldToken } from './use-token.ts'
import { count } from './words.ts'

export interface CounterProps {
  readonly me: Person
  readonly token: HeldToken | undefined
  readonly control: BurstControl
}

export function Counter({ me, token, control }: CounterProps) {
  const now = useNow()
  const left = token ? Math.max(0, Math.ceil((token.expiresAt - now) / 1000)) : 0
  return (
    <section className="panel" aria-labelledby="counter-title">
      <h2 id="counter-title">The counter holds</h2>
      <div className="counter">
        <div className="rail" aria-hidden="true" />
        <div className="hung" data-person={me.username}>
          <Coat />
          <p className="tag">
            <span>{me.first}'s token</span>
            <code>Bearer …{token?.token ?? '····'}</code>
          </p>
        </div>
        <div className="life">
          <Ring token={token} left={left} />
          <p>
            {token === undefined || token.renewals === 0
              ? 'Not renewed yet'
              : `Renewed ${token.renewals === 1 ? 'once' : `${token.renewals} times`}`}
          </p>
        </div>
        <Twenty control={control} left={left} />
      </div>
      <p className="caption">
        Sealed on the server, for {me.first} alone. It never comes to a browser.
      </p>
    </section>
  )
}

const RADIUS = 42
const ROUND = 2 * Math.PI * RADIUS

function Ring({ token, left }: { readonly token: HeldToken | undefined; readonly left: number }) {
  const life = token ? (token.expiresAt - token.issuedAt) / 1000 : 1
  const share = Math.min(1, left / life)
  return (
    <div className="ring">
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <circle className="ring-track" cx="50" cy="50" r={RADIUS} />
        <circle
          // Another token's ring begins full instead of filling up.
          key={token?.issuedAt}
          className="ring-left"
          cx="50"
          cy="50"
          r={RADIUS}
          strokeDasharray={ROUND}
          strokeDashoffset={ROUND * (1 - share)}
          transform="rotate(-90 50 50)"
        />
      </svg>
      <p>
        <b>{left} s</b>
        <span>{left > 0 ? 'to live' : 'run out'}</span>
      </p>
    </div>
  )
}

function Twenty({ control, left }: { readonly control: BurstControl; readonly left: number }) {
  const { burst, arm, cancel } = control
  return (
    <div className="twenty">
      {burst.kind === 'armed' ? (
        <button type="button" className="button" onClick={cancel}>
          Waiting for the end: {left} s · Cancel
        </button>
      ) : (
        <button
          type="button"
          className="button brass"
          disabled={burst.kind === 'running'}
          onClick={arm}
        >
          {REQUESTS} requests at expiry
        </button>
      )}
      <p role="status">
        <Outcome burst={burst} />
      </p>
    </div>
  )
}

function Outcome({ burst }: { readonly burst: Burst }) {
  if (burst.kind === 'running') return 'Under way …'
  if (burst.kind === 'failed') return 'The upstream could not be asked what it saw.'
  if (burst.kind === 'armed') return 'They start in the moment the token runs out.'
  if (burst.kind === 'none') return 'All in the moment the token runs out.'
  return (
    <>
      <Tick />
      <strong>
        {count(burst.answers, 'answer')}, {count(burst.refreshes, 'refresh', 'refreshes')}
      </strong>{' '}
      <span>by the upstream's own count</span>
    </>
  )
}
