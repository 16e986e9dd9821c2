// The last minute: a lane for each persona, a shape for each call, an arrow for each answer that was somebody else's.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { RunCall } from '../../qa/run.ts'
import { type Lanes, openLanes } from '../lanes/open.ts'
import type { BenchState } from './answers.ts'
import { Button } from './button.tsx'
import { OTHERS, type SeenCall } from './call-log.ts'
import { CallPanel } from './call-panel.tsx'
import { bringSpec } from './copy-spec.ts'
import { describe } from './describe.ts'
import { Key } from './key.tsx'
import type { Link } from './link.ts'
import type { Notice } from './notices.tsx'
import { useReducedMotion } from './use-link.ts'

export interface TimelineProps {
  readonly link: Link
  readonly state: BenchState
  /** Nobody answers: what happens is not seen. */
  readonly blind: boolean
  readonly say: (notice: Notice | undefined) => void
}

const SHOWN_MS = 60_000
/** Room for what happens at this moment. */
const AHEAD_MS = 1500
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

export function Timeline({ link, state, blind, say }: TimelineProps) {
  const host = useRef<HTMLDivElement>(null)
  const lanes = useRef<Lanes>(undefined)
  const [live, setLive] = useState(true)
  const [path, setPath] = useState('')
  const [picked, setPicked] = useState<SeenCall>()
  const [many, setMany] = useState(0)
  const still = useReducedMotion()

  useEffect(() => {
    if (!host.current) return
    const open = openLanes(host.current, {
      label:
        'Calls of each persona within the last minute; an arrow leads from the owner of an answer to who asked',
      describe: (call) => describe(link.log.seenOf(call)),
      onPick: (call) => setPicked(link.log.seenOf(call)),
      onMove: () => setLive(false),
      timeOf: (at) => CLOCK.format(link.base + at),
    })
    lanes.current = open
    return () => open.close()
  }, [link])

  const { personas } = state
  const show = useCallback(
    (follow: boolean) => {
      const now = link.now()
      if (follow) link.log.forget(now - SHOWN_MS)
      const calls = link.log.calls.map(({ run }) => run)
      setMany(calls.length)
      const users = personas.map(({ name, colour }) => ({ name, colour }))
      const others = calls.some(({ user }) => user === OTHERS)
      const to = now - link.base + AHEAD_MS
      lanes.current?.show(
        { users: others ? [...users, { name: OTHERS, colour: 'gray' }] : users, phases: [], calls },
        follow ? { from: to - SHOWN_MS - AHEAD_MS, to } : undefined,
      )
    },
    [link, personas],
  )

  useEffect(() => {
    show(live)
    const timer = setInterval(
      () => {
        if (document.visibilityState === 'visible') show(live)
      },
      still || !live ? 1000 : 100,
    )
    return () => clearInterval(timer)
  }, [show, live, still])

  useEffect(() => {
    const part = path.trim().toLowerCase()
    const isLit = ({ method, path: asked }: RunCall) =>
      part === '' || `${method} ${asked}`.toLowerCase().includes(part)
    lanes.current?.light(isLit)
  }, [path])

  // What was learnt of a call since it was picked, such as whose its answer was.
  const known = picked && (link.log.seenOf(picked.run) ?? picked)
  useEffect(() => {
    lanes.current?.pick(known?.run)
  }, [known?.run])

  return (
    <section className="timeline" aria-labelledby="timeline-title">
      <div className="bar">
        <h2 id="timeline-title">
          The last minute
          <small className={live && !blind ? 'live' : 'paused'}>
            {live ? (blind ? 'no answer' : 'live') : 'held'}
          </small>
        </h2>
        <div className="tools">
          <input
            type="search"
            value={path}
            placeholder="Path contains …"
            aria-label="Light only calls whose path contains"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setPath(event.currentTarget.value)}
          />
          <Button aria-pressed={!live} onClick={() => setLive(!live)}>
            Hold
          </Button>
          <Button unable={many === 0} onClick={() => void bringSpec(link, state).then(say)}>
            Copy as Playwright test
          </Button>
        </div>
      </div>
      <div className="sheet lanes-host" ref={host} hidden={personas.length === 0 && many === 0} />
      {many === 0 ? (
        <p className="hint">
          No calls in the last minute. Open somebody and click around: every call stands here as it
          is answered.
        </p>
      ) : (
        <Key calls={link.log.calls} />
      )}
      {known && (
        <CallPanel
          link={link}
          seen={known}
          personas={personas}
          onClose={() => setPicked(undefined)}
        />
      )}
    </section>
  )
}
