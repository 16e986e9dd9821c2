// What has to be said to whoever is at work here: one thing at a time, gone when the next one comes or they wave it away.
import { type ReactNode, useEffect } from 'react'
import { Bell, Cross, Stop } from '../demo/marks.tsx'

export type Notice =
  | { readonly kind: 'said' | 'trouble'; readonly title: string; readonly text: ReactNode }
  /** Where the clipboard is closed: the text, to be copied by hand. */
  | { readonly kind: 'text'; readonly title: string; readonly text: string }

export interface NoticesProps {
  readonly notice: Notice | undefined
  readonly onClose: () => void
}

const READ_MS = 7000

/** Before the page, so that nothing moves; the place is always there, so that what appears in it is read out. */
export function Notices({ notice, onClose }: NoticesProps) {
  const passes = notice?.kind === 'said'
  useEffect(() => {
    if (!notice || !passes) return
    const timer = setTimeout(onClose, READ_MS)
    return () => clearTimeout(timer)
  }, [notice, passes, onClose])

  return (
    <div className="notices" role="status">
      {notice && (
        <div className={`notice ${notice.kind}`}>
          {notice.kind === 'trouble' ? <Stop /> : <Bell />}
          <div className="notice-words">
            <p>
              <strong>{notice.title}.</strong> {notice.kind !== 'text' && notice.text}
              {typeof notice.text === 'string' &&
                notice.kind !== 'text' &&
                !/[.…]$/.test(notice.text) &&
                '.'}
            </p>
            {notice.kind === 'text' && (
              <textarea
                readOnly
                rows={6}
                value={notice.text}
                aria-label="To copy by hand"
                spellCheck={false}
                onFocus={(event) => event.currentTarget.select()}
              />
            )}
          </div>
          <button type="button" className="button plain" aria-label="Close" onClick={onClose}>
            <Cross />
          </button>
        </div>
      )}
    </div>
  )
}

/** While nobody answers. */
export function Gone() {
  return (
    <div className="notice trouble gone-notice">
      <Stop />
      <p>
        <strong>The gateway does not answer; trying again.</strong> What stands here is what it said
        last.
      </p>
    </div>
  )
}
