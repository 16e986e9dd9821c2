// A sign-in by a link: the mail is shown here instead of being sent, and whoever checks the link takes his time.
import { useState } from 'react'
import { type Person, people } from './people.ts'

interface Mail {
  readonly to: string
  readonly path: string
}

export function ByMail({ host }: { readonly host: Person | undefined }) {
  const [mail, setMail] = useState<Mail>()
  const [failed, setFailed] = useState(false)
  const person = host ?? people[0]
  if (!person) return null
  const write = async () => {
    const answer = await fetch('/demo/mail', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-csrf': '1' },
      body: JSON.stringify({ username: person.username }),
    }).catch(() => undefined)
    setFailed(!answer?.ok)
    setMail(answer?.ok ? await answer.json() : undefined)
  }
  return (
    <>
      <p className="or">or by mail</p>
      <p>
        <button type="button" className="button" onClick={() => void write()}>
          Confirm by mail
        </button>
      </p>
      <p role="status">
        {mail && (
          <>
            A mail for {mail.to}: <a href={mail.path}>sign in with this link</a>. Checking it takes
            a few seconds; meanwhile you hold a ticket that is good for nothing.
          </>
        )}
        {failed && 'The mail could not be written.'}
      </p>
    </>
  )
}
