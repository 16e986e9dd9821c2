// Sends one request of a replay over its persona's own connections, and takes in what comes back, as far as it is kept.
import type { LookupFunction } from 'node:net'
import { Agent, type Dispatcher } from 'undici'
import type { Clock } from '../../lib/clock.ts'
import type { NoAnswer } from '../leaks/wire.ts'
import type { Sender } from './sender.ts'

const MOST_BYTES = 262_144
const CONNECTIONS = 32

export interface SenderOptions {
  readonly origin: string
  /** For a whole answer. */
  readonly timeoutMs: number
  readonly clock: Clock
  readonly lookup: LookupFunction
  whyNone(error: unknown, aborted: boolean): NoAnswer
}

export function openSender({ origin, timeoutMs, clock, lookup, whyNone }: SenderOptions): Sender {
  const agents = new Map<string, Agent>()
  const agentOf = (persona: string) => {
    const known = agents.get(persona)
    if (known) return known
    const agent = new Agent({
      connections: CONNECTIONS,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: { timeout: timeoutMs, lookup },
    })
    agents.set(persona, agent)
    return agent
  }
  return {
    async send(persona, { method, path, headers, body, leaveAfterMs }) {
      const leaving = new AbortController()
      const leave = () => leaving.abort()
      const stop = leaveAfterMs === undefined ? () => {} : clock.after(leaveAfterMs, leave)
      // Time limits of a connection are of silence alone, and a stream may go on for ever.
      const late = clock.after(timeoutMs, leave)
      try {
        const answer = await agentOf(persona).request({
          origin,
          method: method as Dispatcher.HttpMethod,
          path,
          headers,
          body: body ?? null,
          responseHeaders: 'raw',
          signal: leaving.signal,
        })
        const chunks: Buffer[] = []
        let size = 0
        for await (const chunk of answer.body) {
          chunks.push(chunk)
          size += chunk.length
          if (size > MOST_BYTES) break
        }
        const flat = answer.headers as unknown as readonly (Buffer | string)[]
        return {
          status: answer.statusCode,
          headers: flat.map((one, at) => {
            const text = typeof one === 'string' ? one : one.toString('latin1')
            return at % 2 === 0 ? text.toLowerCase() : text
          }),
          body: Buffer.concat(chunks).toString('utf8', 0, MOST_BYTES),
          cut: size > MOST_BYTES,
        }
      } catch (error) {
        const why = whyNone(error, leaving.signal.aborted)
        return { status: 0, headers: [], body: '', cut: false, why }
      } finally {
        stop()
        late()
      }
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()))
    },
  }
}
