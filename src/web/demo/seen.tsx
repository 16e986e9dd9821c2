// "What the upstream saw": everybody's calls, newest first.
import { rowsOf, type SeenCall, type SeenRow } from './journal.ts'
import { personNamed } from './people.ts'
import { timeOf } from './words.ts'

const SHOWN = 40

export function Seen({ calls }: { readonly calls: readonly SeenCall[] | undefined }) {
  const rows = rowsOf(calls ?? []).slice(0, SHOWN)
  return (
    <section className="panel seen" aria-labelledby="seen-title">
      <h2 id="seen-title">What the upstream saw</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="scroll" aria-labelledby="seen-title" tabIndex={0}>
        <table aria-labelledby="seen-title">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Call</th>
              <th scope="col">Authorization</th>
              <th scope="col">Cookie</th>
              <th scope="col">Took</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={`${row.at} ${row.path} ${row.token} ${row.times}`} row={row} />
            ))}
          </tbody>
        </table>
        {calls?.length === 0 && (
          <p className="empty">Nothing yet. Sign in, and see what arrives.</p>
        )}
      </section>
    </section>
  )
}

function Row({ row }: { readonly row: SeenRow }) {
  const { at, method, path, owner, token, cookie, status, ms, times } = row
  const person = owner === undefined ? undefined : personNamed(owner)
  return (
    <tr data-person={owner}>
      <td data-label="Time">{timeOf(at)}</td>
      <td data-label="Call">
        <code>
          {method} {path}
        </code>
        {times > 1 && <b className="times">× {times}</b>}
        {status !== undefined && status >= 400 && <span className="status">{status}</span>}
      </td>
      <td data-label="Authorization" className="owner">
        <code>{token === undefined ? '—' : `Bearer …${token}`}</code> · {person?.first ?? 'nobody'}
      </td>
      <td data-label="Cookie">{cookie ? 'arrived!' : '—'}</td>
      <td data-label="Took">{ms === undefined ? '…' : `${ms} ms`}</td>
    </tr>
  )
}
