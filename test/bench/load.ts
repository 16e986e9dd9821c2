// The bench's load: many people on kept connections, each next request sent when the last one's answer is whole and right.

import { cookieOf } from '../support/gateway.ts'
import { openHttpClient } from '../support/http.ts'
import { browserRequest, HOST, type Person, PUBLIC_ORIGIN } from './browser.ts'
import { answerCalls } from './calls.ts'
import type { Question } from './connection.ts'
import { type Enough, openRun, type Run, type Stretch } from './run.ts'
import { readSlowly } from './slow-reader.ts'
import { ownerMark, type Workload } from './workloads.ts'

export interface Signing {
  readonly contestant: string
  readonly url: string
  /** Undefined: the token itself is fetched from `upstream` and carried along. */
  readonly signIn: string | undefined
  readonly upstream: string
  readonly people: number
}

export interface Start {
  readonly contestant: string
  readonly workload: Workload
  readonly connections: number
  /** Answers before anything is measured. */
  readonly warmUp: number
}

/** People who are signed in already. */
export interface Crowding {
  readonly contestant: string
  readonly port: number
  readonly people: readonly Person[]
}

export interface Dripping {
  readonly contestant: string
  readonly workload: Workload
  readonly connections: number
}

interface Crowd {
  readonly port: number
  readonly people: readonly Person[]
  /** By workload. */
  readonly questions: Map<string, readonly Question[]>
}

const crowds = new Map<string, Crowd>()
let run: Run | undefined

answerCalls({
  async signIn(signing: Signing) {
    const people: Person[] = []
    const home = signing.signIn === undefined ? signing.upstream : signing.url
    using client = openHttpClient(home, { maxSockets: 8 })
    const path = signing.signIn ?? '/login'
    for (let i = 0; i < signing.people; i++) {
      const name = `user-${String(i).padStart(6, '0')}`
      const answer = await client.send(path, {
        method: 'POST',
        host: HOST,
        headers: { origin: PUBLIC_ORIGIN, 'sec-fetch-site': 'same-origin' },
        json: { username: name, password: 'secret' },
      })
      if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status} ${answer.text}`)
      const proof =
        signing.signIn === undefined
          ? (['Authorization', `Bearer ${answer.json().access_token}`] as const)
          : (['Cookie', cookieOf(answer)] as const)
      people.push({ name, proof })
    }
    const port = Number(new URL(signing.url).port)
    crowds.set(signing.contestant, { port, people, questions: new Map() })
  },

  async start({ contestant, workload, connections, warmUp }: Start) {
    const crowd = crowdOf(contestant)
    run = await openRun(crowd.port, questionsOf(crowd, workload), connections)
    await run.go((answers) => answers >= warmUp)
  },

  crowd({ contestant, port, people }: Crowding) {
    crowds.set(contestant, { port, people, questions: new Map() })
  },

  async drip({ contestant, workload, connections }: Dripping) {
    const { port, people } = crowdOf(contestant)
    const readers = people.slice(0, connections)
    await Promise.all(readers.map((person) => readSlowly(port, person, workload)))
  },

  measure: (ms: number) => stretch((_answers, wallMs) => wallMs >= ms),
  count: (wanted: number) => stretch((answers) => answers >= wanted),

  stop() {
    run?.close()
    run = undefined
  },
})

function stretch(enough: Enough): Promise<Stretch> {
  if (!run) throw new Error('nothing has been started')
  return run.go(enough)
}

function crowdOf(contestant: string): Crowd {
  const crowd = crowds.get(contestant)
  if (!crowd) throw new Error(`nobody has signed in at ${contestant}`)
  return crowd
}

function questionsOf(crowd: Crowd, workload: Workload): readonly Question[] {
  const known = crowd.questions.get(workload.name)
  if (known) return known
  const questions = crowd.people.map((person) => ({
    bytes: browserRequest(person, workload),
    mark: ownerMark(person.name),
    receives: workload.receives,
  }))
  crowd.questions.set(workload.name, questions)
  return questions
}
