// Lets two people sign in through the one-jar gateway at the same moment, and tells whose profile each was shown.
import fastify from 'fastify'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { isJsonObject } from '../tokens/json.ts'
import { openDemoUpstream } from './demo-upstream.ts'
import { openOneJar } from './one-jar.ts'
import { demoPassword, personas } from './personas.ts'

export interface OneJarTrialOptions {
  readonly clock: Clock
  readonly random: Random
}

export interface OneJarTrial extends AsyncDisposable {
  /** `POST /rounds` with `{ people: [username, username] }` answers `TrialCall[]`; another body, 400. */
  readonly url: string
  close(): Promise<void>
}

/** What one person was answered when they asked for their own profile, with the token that they were given. */
export interface TrialCall {
  /** Epoch milliseconds. */
  readonly at: number
  /** Username of who asked. */
  readonly asked: string
  readonly status: number
  /** Username in the profile that came; absent when none came. */
  readonly shown?: string
  /** What was said instead. */
  readonly message?: string
  readonly ms: number
}

/** An upstream of its own with the same people, so that the demo's shows nothing of it. No token leaves this process. */
export async function openOneJarTrial(options: OneJarTrialOptions): Promise<OneJarTrial> {
  const { clock, random } = options
  // As far away as upstreams are: without a network's unevenness nothing would ever overtake.
  const latencyMs = () => 2 + random(1).readUInt8() / 12
  const upstream = await openDemoUpstream({ clock, random, latencyMs })
  const jar = await openOneJar({ upstream: upstream.url })

  async function signIn(username: string): Promise<string> {
    const answer = await fetch(`${jar.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password: demoPassword }),
    })
    return String(textOf(await answer.json(), 'access_token'))
  }

  async function ask(asked: string, token: string): Promise<TrialCall> {
    const at = clock.now()
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${jar.url}/user/personal_details`, { headers })
    const body = await answer.json()
    const shown = textOf(body, 'username')
    const message = textOf(body, 'message')
    return {
      at,
      asked,
      status: answer.status,
      ...(shown === undefined ? {} : { shown }),
      ...(message === undefined ? {} : { message }),
      ms: clock.now() - at,
    }
  }

  const app = fastify({ logger: false, bodyLimit: 1024, forceCloseConnections: true })
  app.post('/rounds', async (request, reply) => {
    const people = pairIn(request.body)
    if (!people) return reply.code(400).send({ message: 'Name two people of the demo.' })
    const tokens = await Promise.all(people.map(signIn))
    return Promise.all(people.map((name, index) => ask(name, tokens[index] ?? '')))
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })

  const close = async () => {
    await app.close()
    await jar[Symbol.asyncDispose]()
    await upstream.close()
  }
  return { url, close, [Symbol.asyncDispose]: close }
}

function pairIn(body: unknown): readonly [string, string] | undefined {
  const people: unknown = isJsonObject(body) ? body.people : undefined
  if (!Array.isArray(people) || people.length !== 2) return undefined
  const [one, other] = personas.filter(({ username }) => people.includes(username))
  return one && other && [one.username, other.username]
}

function textOf(body: unknown, name: string): string | undefined {
  const value = isJsonObject(body) ? body[name] : undefined
  return typeof value === 'string' ? value : undefined
}
