// "Chat": everybody who is signed in hears everybody, and each message says who its sender was for the upstream.
import { type FormEvent, useId, useState } from 'react'
import { Avatar } from './avatar.tsx'
import { personNamed } from './people.ts'
import { type Chat, type ChatLine, type ChatMessage, SESSION_OVER } from './use-chat.ts'
import { shortTimeOf } from './words.ts'

export function ChatSheet({ chat }: { readonly chat: Chat }) {
  const { line, messages, say } = chat
  const [text, setText] = useState('')
  const field = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() !== '' && say(text)) setText('')
  }
  return (
    <div className="sheet chat">
      <form onSubmit={submit}>
        <label className="unseen" htmlFor={field}>
          A message to everybody
        </label>
        <input
          id={field}
          value={text}
          maxLength={200}
          placeholder="Say something"
          autoComplete="off"
          onChange={({ target }) => setText(target.value)}
        />
        <button type="submit" className="button" disabled={line.kind !== 'open'}>
          Say it
        </button>
      </form>
      <p className={`chat-line ${line.kind}`} role="status">
        {lineWords(line)}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <ul className="scroll" tabIndex={0} aria-label="Messages" aria-live="polite">
        {messages.map((message) => (
          <Said key={message.id} message={message} />
        ))}
      </ul>
    </div>
  )
}

function Said({ message }: { readonly message: ChatMessage }) {
  const { from, text, at } = message
  const sender = personNamed(from)
  return (
    <li data-person={from}>
      <Avatar initial={sender.initial} />
      <p>
        <b className="owner">{sender.first}</b> <time>{shortTimeOf(at)}</time>
        <br />
        {text}
      </p>
    </li>
  )
}

/** The place is always there, so that what appears in it is read out. */
export function ChatEnd({ line }: { readonly line: ChatLine }) {
  return (
    <div role="status">
      {line.kind === 'closed' && line.code === SESSION_OVER && (
        <p className="chat-end">The chat closed with the session: {endOf(line)}.</p>
      )}
    </div>
  )
}

function lineWords(line: ChatLine): string {
  if (line.kind === 'off' || line.kind === 'connecting') return 'Connecting …'
  if (line.kind === 'open') return `Connected. The upstream sees ${personNamed(line.you).first}.`
  return `Closed: ${endOf(line)}`
}

/** `signed out (4401)` */
function endOf({ code, reason }: Extract<ChatLine, { kind: 'closed' }>): string {
  return reason === '' ? `broken off (${code})` : `${reason.replaceAll('_', ' ')} (${code})`
}
