// One call, opened: what was asked and what was answered, without a secret in it.
import { useEffect, useRef, useState } from 'react'
import { Cross } from '../demo/marks.tsx'
import { shapeOf } from '../lanes/shapes.ts'
import type { Entry, Header, PersonaState } from './answers.ts'
import { OTHERS, type SeenCall } from './call-log.ts'
import { ShapeMark } from './key.tsx'
import type { Link } from './link.ts'
import { statusText } from './words.ts'

export interface CallPanelProps {
  readonly link: Link
  readonly seen: SeenCall
  readonly personas: readonly PersonaState[]
  readonly onClose: () => void
}

type Found = { readonly entry: Entry } | { readonly why: string }

export function CallPanel({ link, seen, personas, onClose }: CallPanelProps) {
  const { event, leak, run } = seen
  const [found, setFound] = useState<Found>()
  const title = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    let current = true
    setFound(undefined)
    void link.get<Entry>(`/qa/calls/${event.id}`).then((answer) => {
      if (!current) return
      if (answer.kind === 'ok') setFound({ entry: answer.body })
      else setFound({ why: answer.kind === 'refused' ? answer.words : 'No answer' })
    })
    return () => {
      current = false
    }
  }, [link, event.id])

  useEffect(() => {
    title.current?.scrollIntoView({ block: 'nearest' })
  }, [])

  const colour = personas.find(({ name }) => name === run.user)?.colour ?? 'gray'
  return (
    <section className={`call ${run.outcome}`} data-colour={colour} aria-labelledby="call-title">
      <div className="bar">
        <h3 id="call-title" ref={title} tabIndex={-1}>
          <ShapeMark shape={shapeOf(run)} />
          {titleOf(seen)}
        </h3>
        <button
          type="button"
          className="button plain"
          aria-label="Close this call"
          onClick={onClose}
        >
          <Cross />
        </button>
      </div>
      <p className="gist">
        {new Date(event.at).toLocaleTimeString('en-GB')}, took {event.ms} ms · request{' '}
        <code>{event.id}</code>
        {leak && ` · at ${leak.route}`}
      </p>
      {found && 'why' in found && <p className="hint">{found.why}.</p>}
      {found && 'entry' in found && <Messages entry={found.entry} />}
    </section>
  )
}

function titleOf({ event, leak, run }: SeenCall): string {
  const who = run.user === OTHERS ? 'Somebody' : run.user
  const asked = `${event.method} ${event.path}`
  if (!leak) return `${who}: ${asked} → ${statusText(event)}`
  const whose = leak.owner ?? 'somebody else'
  return leak.stopped
    ? `${who} asked ${asked} and would have got ${whose}’s: it was stopped`
    : `${who} asked ${asked} and got ${whose}’s answer`
}

function Messages({ entry }: { readonly entry: Entry }) {
  const { request, response } = entry
  const url = URL.parse(request.url)
  return (
    <div className="messages">
      <Message
        title="Asked"
        line={`${request.method} ${url ? url.pathname + url.search : request.url}`}
        headers={request.headers}
        body={request.postData?.text}
        cut={entry._requestCut === true}
      />
      <Message
        title="Answered"
        line={response.status === 0 ? 'nothing' : `${response.status} ${response.statusText}`}
        headers={response.headers}
        body={response.content.text}
        cut={entry._responseCut === true}
      />
    </div>
  )
}

interface MessageProps {
  readonly title: string
  readonly line: string
  readonly headers: readonly Header[]
  readonly body: string | undefined
  readonly cut: boolean
}

function Message({ title, line, headers, body, cut }: MessageProps) {
  return (
    <article className="message">
      <h4>{title}</h4>
      <p className="line">
        <code>{line}</code>
      </p>
      {body ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
        // biome-ignore lint/a11y/useSemanticElements: its spaces count.
        <pre tabIndex={0} role="region" aria-label={`Body: ${title}`}>
          <code>{pretty(body)}</code>
          {cut && <span className="cut">{'\n'}… the body went on</span>}
        </pre>
      ) : (
        <p className="hint">{cut ? 'A body that is not kept.' : 'No body.'}</p>
      )}
      <details>
        <summary>Headers</summary>
        <dl className="headers">
          {headers.map(({ name, value }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a name may stand there twice, and nothing moves.
            <div key={index}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </article>
  )
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
