// Beside what the upstream saw: this person's notes, or the chat.
import { ChatSheet } from './chat.tsx'
import { NotesSheet } from './notes.tsx'
import type { Person } from './people.ts'
import type { Chat } from './use-chat.ts'

export interface SideProps {
  readonly me: Person
  readonly sessionRef: string
  readonly chat: Chat
}

export function Side({ me, sessionRef, chat }: SideProps) {
  return (
    <section className="panel notes" aria-labelledby="notes-title">
      <div className="head">
        <h2 id="notes-title">{chat.shown ? 'Chat' : 'My notes'}</h2>
        <button type="button" className="button" onClick={chat.toggle}>
          {chat.shown ? 'My notes' : 'Chat'}
        </button>
      </div>
      {chat.shown ? <ChatSheet chat={chat} /> : <NotesSheet me={me} sessionRef={sessionRef} />}
    </section>
  )
}
