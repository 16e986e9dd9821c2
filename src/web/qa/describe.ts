// A call in one line, for its tooltip and for who listens. Pure.
import { OTHERS, type SeenCall } from './call-log.ts'
import { statusText } from './words.ts'

export function describe(seen: SeenCall | undefined): string {
  if (!seen) return 'a call of a minute ago'
  const { event, leak, run } = seen
  const who = run.user === OTHERS ? 'somebody' : run.user
  const whose = leak
    ? `, ${leak.owner ?? 'somebody else'}’s answer${leak.stopped ? ', stopped' : ''}`
    : ''
  const cut = event.cut === undefined ? '' : `, cut off (${event.cut})`
  return `${who}: ${event.method} ${event.path} → ${statusText(event)}${whose}${cut}, ${event.ms} ms`
}
