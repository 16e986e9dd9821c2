// Many people with a WebSocket and an event stream each, and an upstream that talks to all of them: who hears what.
import { setTimeout as pause } from 'node:timers/promises'
import { type LiveClient, openStream, openWebSocket, type StreamClient } from './live-client.ts'
import type { LiveUpstream } from './live-upstream.ts'

/** One process of the gateway. */
export interface LiveGate {
  readonly port: number
  /** Resolves to the cookie pair. */
  signIn(name: string): Promise<string>
}

export interface Member {
  readonly name: string
  readonly cookie: string
  readonly gate: LiveGate
  readonly socket: LiveClient
  readonly stream: StreamClient
}

export interface Crowd extends Disposable {
  readonly members: readonly Member[]
  /** Sends one numbered message to every open connection. */
  talk(): void
  /** Numbers that have been sent. */
  readonly said: number
  /** What somebody heard that was not meant for them, or what they did not hear of what was said. */
  faults(): string[]
  /** Messages that came, both kinds. */
  readonly heard: number
}

export interface CrowdOptions {
  readonly gates: readonly LiveGate[]
  readonly upstream: LiveUpstream
  readonly people: number
  /** Begins every name. */
  readonly prefix?: string
}

const AT_ONCE = 25
/** What is open for so long stays open, on the busiest machine. */
const OPEN_MS = 8000

/** Resolves once everybody is connected both ways. */
export async function openCrowd(options: CrowdOptions): Promise<Crowd> {
  const { gates, upstream, people, prefix = 'p' } = options
  const members: Member[] = []
  let said = 0
  const names = Array.from({ length: people }, (_, i) => `${prefix}${i}x`)
  const left = [...names.entries()]
  const joinNext = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const [i, name] = next
      const gate = gates[i % gates.length] as LiveGate
      const cookie = await gate.signIn(name)
      const { port } = gate
      const socket = openWebSocket({ port, cookie })
      const [opened, stream] = await Promise.all([socket.opened, openStream({ port, cookie })])
      if (opened !== 'open' || stream.status !== 200) throw new Error(`${name} was not let in`)
      await stream.until(`data: ${name}`)
      members.push({ name, cookie, gate, socket, stream })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, joinNext))

  const textsOf = ({ socket }: Member) => socket.messages.map(({ data }) => data.toString())
  const eventsOf = ({ stream }: Member) =>
    stream.text
      .split('\n\n')
      .filter((event) => event.includes(' #'))
      .map((event) => event.replace(/^data: /, ''))
  return {
    members,
    talk() {
      said++
      for (const { ws, owner } of upstream.sockets) {
        if (ws.readyState === ws.OPEN) ws.send(`${owner} #${said}`)
      }
      for (const { response, owner } of upstream.streams) {
        if (!response.destroyed) response.write(`data: ${owner} #${said}\n\n`)
      }
    },
    get said() {
      return said
    },
    faults: () =>
      members.flatMap((member) => {
        const expected = Array.from({ length: said }, (_, i) => `${member.name} #${i + 1}`).join()
        const kinds = { socket: textsOf(member), stream: eventsOf(member) }
        return Object.entries(kinds)
          .filter(([, heard]) => heard.join() !== expected)
          .map(
            ([kind, heard]) =>
              `${member.name}'s ${kind} heard ${heard.length} of ${said}: ${heard.find((text) => !text.startsWith(`${member.name} #`)) ?? ''}`,
          )
      }),
    get heard() {
      return members.reduce((sum, one) => sum + textsOf(one).length + eventsOf(one).length, 0)
    },
    [Symbol.dispose]() {
      for (const { socket, stream } of members) {
        socket[Symbol.dispose]()
        stream[Symbol.dispose]()
      }
    },
  }
}

export interface Ends {
  /** Ms from the acknowledged end to the end of a connection, one for each. */
  readonly latencies: readonly number[]
  /** How each ended that did not end as it should. */
  readonly wrong: readonly string[]
}

/** How the connections of `members` ended, `since` (`performance.now()`) their sessions did; those that have not within `OPEN_MS` are `wrong`. */
export async function watchEnds(
  members: readonly Member[],
  since: (name: string) => number,
  reason: string,
): Promise<Ends> {
  const latencies: number[] = []
  const wrong: string[] = []
  const never = pause(OPEN_MS, undefined, { ref: false })
  await Promise.all(
    members.flatMap(({ name, socket, stream }) => [
      Promise.race([socket.closed, never]).then((ended) => {
        if (ended?.code === 4401 && ended.reason === reason) latencies.push(ended.at - since(name))
        else wrong.push(`${name}'s socket: ${ended ? `${ended.code} ${ended.reason}` : 'open'}`)
      }),
      Promise.race([stream.closed, never]).then((ended) => {
        if (ended?.whole) latencies.push(ended.at - since(name))
        else wrong.push(`${name}'s stream: ${ended ? 'cut off' : 'open'}`)
      }),
    ]),
  )
  return { latencies, wrong }
}
