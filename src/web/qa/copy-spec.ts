// What this page has seen within the last minute, into the clipboard as a test for Playwright.
import type { BenchState, Entry } from './answers.ts'
import type { SeenCall } from './call-log.ts'
import { copied } from './clipboard.ts'
import type { Link } from './link.ts'
import type { Notice } from './notices.tsx'
import { type SpecCall, specOf } from './spec.ts'
import { count } from './words.ts'

export async function bringSpec(link: Link, { origin }: BenchState): Promise<Notice | undefined> {
  const answer = await link.get<Readonly<Record<string, Entry>>>('/qa/calls')
  if (answer.kind !== 'ok') return undefined
  const calls = link.log.calls.flatMap((seen) => {
    const call = specCallOf(seen, answer.body[seen.event.id])
    return call ? [call] : []
  })
  const seenAt = `on ${new Date(link.now()).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}`
  const spec = specOf(calls, { origin, hasToken: link.hasToken, seenAt })
  if (spec === undefined) {
    const text = 'Only those that personas of this bench make can be played again'
    return { kind: 'trouble', title: 'No call of a persona in the last minute', text }
  }
  const personas = new Set(calls.map(({ persona }) => persona))
  const title = `Playwright test of ${count(personas.size, 'persona')}`
  if (!(await copied(spec))) return { kind: 'text', title: `${title}, to copy by hand`, text: spec }
  return { kind: 'said', title: `${title} copied`, text: 'It is in the clipboard' }
}

function specCallOf(
  { event, leak, run }: SeenCall,
  entry: Entry | undefined,
): SpecCall | undefined {
  const persona = event.persona ?? leak?.asker
  if (persona === undefined || isStream(entry)) return undefined
  const url = entry && URL.parse(entry.request.url)
  const post = entry?.request.postData
  return {
    persona,
    method: run.method,
    path: url ? url.pathname + url.search : run.path,
    ...(post ? { body: { type: post.mimeType, text: post.text } } : {}),
    startedAt: event.at,
    endedAt: event.at + event.ms,
    status: event.status,
    ...(event.problem === undefined ? {} : { problem: event.problem }),
    ...(leak ? { foreign: { owner: leak.owner, stopped: leak.stopped } } : {}),
  }
}

/** It would go on for as long as a test waits. */
function isStream(entry: Entry | undefined): boolean {
  return entry?.response.content.mimeType.startsWith('text/event-stream') === true
}
