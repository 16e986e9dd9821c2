// A page that shows what the kit knows, and leaves its client where a test finds it.
import { createClient } from 'coatcheck/client'
import { SessionProvider, useSession, useSignIn, useSignOut } from 'coatcheck/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

function App() {
  const { status, session, reason, stale, problem } = useSession()
  const { signIn, pending, problem: refused } = useSignIn()
  const { signOut, problem: kept } = useSignOut()
  const submit = (event) => {
    event.preventDefault()
    signIn(Object.fromEntries(new FormData(event.currentTarget)))
  }
  return (
    <main>
      <output>
        {[status, session?.sub, reason, stale && 'stale', problem?.code].filter(Boolean).join(' ')}
      </output>
      <form onSubmit={submit}>
        <input name="username" aria-label="User name" />
        <input name="password" aria-label="Password" type="password" />
        <button type="submit" disabled={pending}>
          Sign in
        </button>
      </form>
      <button type="button" onClick={signOut}>
        Sign out
      </button>
      <p role="alert">{(refused ?? kept)?.message}</p>
    </main>
  )
}

const client = createClient()
window.client = client
window.events = []
client.subscribe((_state, event) => event && window.events.push(event.type))

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <SessionProvider client={client}>
      <App />
    </SessionProvider>
  </StrictMode>,
)
