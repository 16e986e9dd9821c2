// What BridgeInTech's users went through, as histories that any gateway can be put through. Each tells what its users
// saw in plain words.
import { request } from 'node:http'
import { type Answer, openHttpClient } from './http.ts'
import type { Headers, House } from './shared-cookie-houses.ts'

/** `her own`, `bob's`, or the status and what was said with it. */
export type Seen = string

export interface Tally {
  readonly own: number
  /** Somebody else's profile. */
  readonly foreign: number
  /** 401 or 500, though the user was signed in. */
  readonly refused: number
}

/** A signs in and reads her profile; B signs in; both read theirs. */
export async function laterSignIn(house: House): Promise<Record<string, Seen>> {
  using people = visit(house)
  const alice = await people.signIn('alice')
  const before = await alice.seesHerProfile()
  const bob = await people.signIn('bob')
  return {
    'A, alone': before,
    'A, once B is there': await alice.seesHerProfile(),
    B: await bob.seesHerProfile(),
  }
}

/** A's profile is still on its way to the gateway when B signs in. */
export async function sameMoment(house: House): Promise<Record<string, Seen>> {
  using people = visit(house)
  const hold = house.control.hold({ path: '/user', times: 1 })
  const signingIn = people.signIn('alice')
  await hold.arrived()
  const bob = await people.signIn('bob')
  hold.release()
  const alice = await signingIn
  return { A: await alice.seesHerProfile(), B: await bob.seesHerProfile() }
}

/** Two users sign in at the same moment and read their profiles, again and again. */
export async function manySameMoments(house: House, rounds: number): Promise<Tally> {
  using people = visit(house)
  const seen: Seen[] = []
  for (let round = 0; round < rounds; round++) {
    const both = await Promise.all([people.signIn('alice'), people.signIn('bob')])
    seen.push(...(await Promise.all(both.map((person) => person.seesHerProfile()))))
  }
  return tally(seen)
}

/** Twenty users at once, thirty calls each. */
export async function twentyAtOnce(house: House): Promise<Tally> {
  using people = visit(house)
  const names = Array.from({ length: 20 }, (_, index) => `user${index}`)
  const all = await Promise.all(names.map((name) => people.signIn(name)))
  const calls = all.flatMap((person) => Array.from({ length: 30 }, () => person))
  return tally(await Promise.all(calls.map((person) => person.seesHerProfile())))
}

/** A signs in, every process is killed and started again, A comes back. */
export async function restart(house: House): Promise<Seen> {
  using people = visit(house)
  const alice = await people.signIn('alice')
  await house.restart()
  // Awaited here, while the connections are still open.
  return await alice.seesHerProfile()
}

/** Somebody who never signed in sends a token of his own making, before and after somebody else signs in. */
export async function garbage(house: House): Promise<Record<string, Seen>> {
  using people = visit(house)
  const nobody = people.holding('nobody', house.madeUp)
  const first = await nobody.readsTheList()
  const alice = await people.signIn('alice')
  return {
    'made up, before anybody has signed in': first,
    'made up, later': await nobody.readsTheList(),
    'signed in': await alice.readsTheList(),
  }
}

/** One user, forty calls, the workers take turns. */
export async function takingTurns(house: House): Promise<Tally> {
  using people = visit(house)
  const alice = await people.signIn('alice')
  const seen: Seen[] = []
  for (let call = 0; call < 40; call++) seen.push(await alice.seesHerProfile())
  return tally(seen)
}

/** A's change has been let in and its body is still on its way when B signs in. */
export async function writeMeanwhile(house: House): Promise<Record<string, unknown>> {
  using people = visit(house)
  const alice = await people.signIn('alice')
  const write = alice.beginsToWrite({ bio: 'I am Alice' })
  await write.letIn
  await people.signIn('bob')
  const status = await write.finish()
  const [{ bio: hers }, { bio: his }] = [await house.straight('alice'), await house.straight('bob')]
  return { status, "A's bio": hers, "B's bio": his }
}

/** Where tokens can be read after a sign-in. */
export async function tokensInSight(house: House): Promise<Record<string, boolean>> {
  using people = visit(house)
  const alice = await people.signIn('alice')
  await alice.seesHerProfile()
  await people.tries('alice', 'wrong')
  const token = /eyJ[\w-]+\.[\w-]+\.[\w-]+/
  return { 'in the browser': token.test(alice.signIn.text), 'in the log': token.test(house.log()) }
}

function visit(house: House) {
  const clients = new Map<number, ReturnType<typeof openHttpClient>>()
  const { host, paths } = house
  const browser = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }

  const call = (
    path: string,
    headers: Headers,
    options: { method?: string; json?: unknown } = {},
  ) => {
    const port = house.nextPort()
    const client = clients.get(port) ?? openHttpClient(port, { maxSockets: 20 })
    clients.set(port, client)
    return client.send(path, { host, headers: { ...browser, ...headers }, ...options })
  }
  const tries = (username: string, password: string) =>
    call(paths.login, {}, { method: 'POST', json: { username, password } })

  const holding = (name: string, headers: Headers) => ({
    seesHerProfile: async () => seen(await call(paths.details, headers), name),
    async readsTheList() {
      const answer = await call(paths.list, headers)
      return answer.status === 200 ? 'let in' : problem(answer)
    },
    beginsToWrite: (body: object) =>
      beginWrite(house.nextPort(), paths.details, { ...browser, host, ...headers }, body),
  })

  return {
    tries,
    holding,
    async signIn(name: string) {
      const signIn = await tries(name, 'any')
      if (signIn.status !== 200) throw new Error(`${name}'s sign-in answered ${signIn.status}`)
      return { ...holding(name, house.credentials(signIn)), signIn }
    },
    [Symbol.dispose]() {
      for (const client of clients.values()) client[Symbol.dispose]()
    },
  }
}

/** Sends the head of a PUT, and its body when told to finish. */
function beginWrite(port: number, path: string, headers: Headers, body: object) {
  const letIn = Promise.withResolvers<void>()
  const status = Promise.withResolvers<number>()
  const bytes = Buffer.from(JSON.stringify(body))
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path,
    method: 'PUT',
    headers: {
      ...headers,
      expect: '100-continue',
      'content-type': 'application/json',
      'content-length': bytes.length,
    },
  })
  outgoing.on('continue', () => letIn.resolve())
  outgoing.on('response', (incoming) => status.resolve(incoming.resume().statusCode ?? 0))
  outgoing.on('error', status.reject)
  outgoing.flushHeaders()
  return {
    /** Resolves when the gateway has the head and asks for the body. */
    letIn: letIn.promise,
    finish() {
      outgoing.end(bytes)
      return status.promise
    },
  }
}

function seen(answer: Answer, name: string): Seen {
  if (answer.status !== 200) return problem(answer)
  const { username } = answer.json()
  return username === name ? 'her own' : `${username}'s`
}

function problem(answer: Answer): Seen {
  const { message, code } = answer.json()
  return `${answer.status} ${message ?? code}`
}

function tally(all: readonly Seen[]): Tally {
  const own = all.filter((one) => one === 'her own').length
  const foreign = all.filter((one) => one.endsWith("'s")).length
  return { own, foreign, refused: all.length - own - foreign }
}
