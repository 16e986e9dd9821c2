// What happened to the session, in plain words, with a way on.
import type { ReactNode } from 'react'
import type { Session, SessionState } from '../../client/client.ts'
import { useClient } from '../../client/react.ts'
import { Bell, Stop } from './marks.tsx'
import type { Leaving } from './use-leaving.ts'
import { useNow } from './use-live.ts'
import { problemWords, reasonWords, type Words } from './words.ts'

export interface NoticeProps {
  readonly state: SessionState
  readonly leaving: Leaving
}

/** The place is always there, so that what appears in it is read out. */
export function Notice({ state, leaving }: NoticeProps) {
  return (
    <div className="notices" role="status">
      <OneNotice state={state} leaving={leaving} />
    </div>
  )
}

function OneNotice({ state, leaving }: NoticeProps) {
  const client = useClient()
  if (state.stale && state.problem) {
    const words = problemWords(state.problem)
    const still = state.session ? { ...words, title: 'You are still signed in' } : words
    const text = state.session ? `${words.title}. ${words.text}` : words.text
    return (
      <Strip kind="trouble" words={{ ...still, text }}>
        <button type="button" className="button" onClick={() => void client.check()}>
          Ask now
        </button>
      </Strip>
    )
  }
  if (leaving.problem) return <Strip kind="trouble" words={problemWords(leaving.problem)} />
  if (state.status === 'authenticated') {
    return state.ending ? <Ending session={state.session} /> : null
  }
  if (leaving.left) {
    const text = 'The session is over, its token thrown away, and the cookie taken back.'
    return <Strip kind="calm" words={{ title: 'You are signed out', text }} />
  }
  if (!state.reason) return null
  return <Strip kind="ended" words={reasonWords(state.reason)} />
}

function Ending({ session }: { readonly session: Session }) {
  const client = useClient()
  const now = useNow()
  const fixed = session.endsAt <= session.idleAt
  const left = Math.max(0, Math.ceil(((fixed ? session.endsAt : session.idleAt) - now) / 1000))
  const text = fixed
    ? 'Its time is up whatever you do. Finish what you are at, then sign in again.'
    : 'Nothing was done for a while. Anything you ask for keeps it open.'
  const stay = async () => {
    await client.fetch('/api/user').catch(() => {})
    await client.check()
  }
  return (
    <Strip
      kind="calm"
      words={{ title: 'Your session ends soon', text }}
      aside={
        <span className="countdown" role="timer" aria-live="off">
          {left} s
        </span>
      }
    >
      {!fixed && (
        <button type="button" className="button strong" onClick={() => void stay()}>
          Stay signed in
        </button>
      )}
    </Strip>
  )
}

interface StripProps {
  readonly kind: 'calm' | 'trouble' | 'ended'
  readonly words: Words
  readonly aside?: ReactNode
  readonly children?: ReactNode
}

function Strip({ kind, words, aside, children }: StripProps) {
  return (
    <div className={`notice ${kind}`}>
      {kind === 'calm' ? <Bell /> : <Stop />}
      <p>
        <strong>{words.title}.</strong> {words.text}
      </p>
      {aside}
      {children}
    </div>
  )
}
