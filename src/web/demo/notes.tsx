// "My notes": what the upstream keeps for this person and nobody else.
import { type FormEvent, useId, useState } from 'react'
import type { Person } from './people.ts'
import { useNotes } from './use-notes.ts'
import { problemWords } from './words.ts'

export function NotesSheet({
  me,
  sessionRef,
}: {
  readonly me: Person
  readonly sessionRef: string
}) {
  const { notes, problem, add } = useNotes(sessionRef)
  const [text, setText] = useState('')
  const field = useId()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() !== '' && (await add(text))) setText('')
  }
  return (
    <div className="sheet">
      <form onSubmit={submit}>
        <label className="unseen" htmlFor={field}>
          A note for {me.first}
        </label>
        <input
          id={field}
          value={text}
          maxLength={200}
          placeholder="Write one more"
          autoComplete="off"
          onChange={({ target }) => setText(target.value)}
        />
        <button type="submit" className="button">
          Keep it
        </button>
      </form>
      {problem && <p role="alert">{problemWords(problem).title}. The note is still here.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <ul className="scroll" tabIndex={0} aria-labelledby="notes-title">
        {notes?.map(({ id, text: kept }) => (
          <li key={id}>{kept}</li>
        ))}
      </ul>
    </div>
  )
}
