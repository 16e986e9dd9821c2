// Reads server-sent events until it has seen what a test waits for.
import { request } from 'node:http'

export interface EventReader extends Disposable {
  readonly status: number
  /** The data of every event so far. */
  readonly events: readonly Record<string, unknown>[]
  /** Resolves to the first event, past ones included, that `matches`. */
  first(matches: (event: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>
  /** Resolves when the other side has ended it. */
  readonly ended: Promise<void>
}

export async function readEvents(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<EventReader> {
  const events: Record<string, unknown>[] = []
  const waiting = new Set<() => void>()
  const outgoing = request(url, { headers })
  const incoming = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject).end()
  })
  outgoing.on('error', () => undefined)
  incoming.on('error', () => undefined)
  let text = ''
  incoming.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = block.split('\n').filter((line) => line.startsWith('data: '))
      if (data.length > 0) events.push(JSON.parse(data.map((line) => line.slice(6)).join('\n')))
    }
    for (const look of waiting) look()
  })
  const ended = new Promise<void>((resolve) => incoming.once('close', resolve))
  return {
    status: incoming.statusCode ?? 0,
    events,
    ended,
    first: (matches) =>
      new Promise((resolve) => {
        const look = () => {
          const found = events.find(matches)
          if (!found) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    [Symbol.dispose]: () => outgoing.destroy(),
  }
}
