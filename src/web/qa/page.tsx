// The page's frame: the bench, the personas, and the timeline beneath.
import { useCallback, useMemo, useState } from 'react'
import { isLive } from './answers.ts'
import { createDoing } from './doing.ts'
import type { Link } from './link.ts'
import { Gone, type Notice, Notices } from './notices.tsx'
import { Personas } from './personas.tsx'
import { Timeline } from './timeline.tsx'
import { TokenForm } from './token-form.tsx'
import { TopBar } from './top-bar.tsx'
import { useView } from './use-link.ts'

export function Page({ link }: { readonly link: Link }) {
  const { state, status, wrongToken } = useView(link)
  const [notice, setNotice] = useState<Notice>()
  const close = useCallback(() => setNotice(undefined), [])
  const doing = useMemo(() => createDoing(link, setNotice), [link])
  const anybody = state?.personas.some(({ session }) => isLive(session)) ?? false
  const many = (state?.personas.length ?? 0) > 4
  const locked = status === 'locked'
  return (
    <div className={`page ${status} ${many ? 'many' : ''}`}>
      <TopBar
        state={locked ? undefined : state}
        anybody={anybody}
        onRecord={doing.record}
        onEndAll={doing.endAll}
      />
      <main>
        <h1 className="unseen">QA bench</h1>
        <div role="alert">{status === 'gone' && <Gone />}</div>
        {locked && <TokenForm wrong={wrongToken} onToken={link.unlock} />}
        {!locked && state && (
          <>
            <Personas link={link} state={state} doing={doing} />
            <Timeline link={link} state={state} blind={status === 'gone'} say={setNotice} />
          </>
        )}
        {!locked && !state && status !== 'gone' && <p className="empty">One moment …</p>}
      </main>
      <Notices notice={notice} onClose={close} />
    </div>
  )
}
