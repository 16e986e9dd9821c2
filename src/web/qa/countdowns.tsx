// What is left of a session: of its token, of its patience, of itself.
import type { SessionState } from './answers.ts'
import { leftText, leftWords } from './words.ts'

export interface CountdownsProps {
  readonly session: SessionState
  readonly now: number
}

const SOON_MS = 60_000

export function Countdowns({ session, now }: CountdownsProps) {
  const { tokenAt, refreshable = false, idleAt, endsAt } = session
  return (
    <dl className="countdowns">
      <Countdown
        label="token"
        at={tokenAt}
        now={now}
        absent="unknown"
        over={refreshable ? 'renews' : 'expired'}
        calm={refreshable}
        title={
          refreshable
            ? 'When the access token expires; the next call renews it'
            : 'When the access token expires'
        }
      />
      <Countdown
        label="idle"
        at={idleAt}
        now={now}
        title="When it is idle, unless somebody calls"
      />
      <Countdown
        label="end"
        at={endsAt}
        now={now}
        title="When the session ends, whatever is done"
      />
    </dl>
  )
}

interface CountdownProps {
  readonly label: string
  readonly title: string
  readonly at: number | undefined
  readonly now: number
  readonly absent?: string
  readonly over?: string
  /** It is no trouble when it is over. */
  readonly calm?: boolean
}

function Countdown({
  label,
  title,
  at,
  now,
  absent = '–',
  over = 'over',
  calm = false,
}: CountdownProps) {
  const left = at === undefined ? undefined : at - now
  const look =
    left === undefined
      ? 'none'
      : left <= 0
        ? calm
          ? 'soon'
          : 'over'
        : left < SOON_MS
          ? 'soon'
          : ''
  return (
    <div title={title}>
      <dt>{label}</dt>
      <dd className={look} data-countdown={label}>
        {left === undefined ? (
          absent
        ) : left <= 0 ? (
          over
        ) : (
          <>
            <span aria-hidden="true">{leftText(left)}</span>
            <span className="unseen">{leftWords(left)}</span>
          </>
        )}
      </dd>
    </div>
  )
}
