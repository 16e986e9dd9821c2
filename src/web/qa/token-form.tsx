// Asks for the token of the bench; it stays in this tab.
import { type FormEvent, useState } from 'react'
import { Lock } from '../demo/marks.tsx'

export interface TokenFormProps {
  readonly wrong: boolean
  readonly onToken: (token: string) => void
}

export function TokenForm({ wrong, onToken }: TokenFormProps) {
  const [token, setToken] = useState('')
  function send(event: FormEvent): void {
    event.preventDefault()
    if (token.trim() !== '') onToken(token.trim())
  }
  return (
    <form className="sheet token" onSubmit={send}>
      <h2>
        <Lock />
        This bench has a token
      </h2>
      <p>
        It is the setting <code>qa.token</code> of the gateway. It stays in this tab, and is
        forgotten with it.
      </p>
      <label htmlFor="token">Token</label>
      <div className="token-row">
        <input
          id="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={token}
          aria-invalid={wrong}
          aria-describedby={wrong ? 'token-wrong' : undefined}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit" className="button strong">
          Go in
        </button>
      </div>
      <p className="wrong" id="token-wrong" role="alert">
        {wrong && 'That is not the token of this gateway.'}
      </p>
    </form>
  )
}
