// Recordings made up by a test, and what stands in for the gateway that they are played to.
import * as fs from 'node:fs/promises'
import type { OwnerRule } from '../../src/qa/replay/owner.ts'
import { type Answer, startLittleServer } from './little-server.ts'

/** What a gateway says of somebody who is signed in. */
export interface Told {
  readonly sub: string
  readonly name?: string
  readonly claims?: Readonly<Record<string, unknown>>
}

export type People = Readonly<Record<string, Told>>

export interface Page {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** How the cookies of a site begin; nothing about them looks like a secret. */
export const SITE_COOKIE = 'the-cookie-of-browser-'

/** Stands in for a gateway: signs these people in, and answers every other path with what `page` gives for whoever asks. `status`: of sign-ins. */
export async function openSite(
  people: People,
  page: (who: string, path: string, cookie: string) => Page | Promise<Page>,
  status = 200,
) {
  const names = new Map<string, string>()
  const answered = ({ status = 200, headers = {}, body = {} }: Page): Answer => [
    status,
    JSON.stringify(body),
    headers,
  ]
  return startLittleServer(async ({ url = '', headers }, body) => {
    const cookie = /site=([\w-]+)/.exec(headers.cookie ?? '')?.[1] ?? ''
    if (url !== '/auth/login') return answered(await page(names.get(cookie) ?? '', url, cookie))
    const { username } = JSON.parse(body)
    const value = `${SITE_COOKIE}${names.size}`
    names.set(value, username)
    const given = { 'set-cookie': `site=${value}; Path=/; HttpOnly` }
    return answered({ status, headers: given, body: signedInBody(people[username]) })
  })
}

export function signedInBody(told: Told | undefined): object {
  return { authenticated: true, state: 'active', provider: 'main', claims: {}, ...told }
}

/** A recording in which all sign in, and then ask one after another. */
export function talk(people: People, asked: readonly Asked[], owner?: OwnerRule): string {
  const signIns = Object.keys(people).map((name, at) =>
    signInOf(name, { order: { began: 2 * at, ended: 2 * at + 1 }, ...people[name] }),
  )
  const from = 2 * signIns.length
  const calls = asked.map(([persona, path, { status = 200, headers = {}, body = {} } = {}], at) => {
    const order = { began: from + 2 * at, ended: from + 2 * at + 1 }
    const entry = JSON.parse(entryOf({ persona, path, order }))
    const { sub, name } = people[persona] ?? {}
    const list = Object.entries({ 'content-type': 'application/json', ...headers })
    const content = { ...entry.response.content, text: JSON.stringify(body) }
    const response = { status, headers: list.map(([name, value]) => ({ name, value })), content }
    const who = { _session: `of-${persona}`, _sub: sub, _name: name, _owner: owner }
    return JSON.stringify({ ...entry, response, ...who })
  })
  return harOf([...signIns, ...calls])
}

/** Who asks what, and what they were answered. */
export type Asked = readonly [persona: string, path: string, page?: Page]

/** Stands in for a gateway: told the number of each `/api/step/N`, answers when it is told to. */
export async function openTarget(step: (n: number, answer: () => void) => void) {
  return startLittleServer(
    ({ url }) =>
      new Promise((resolve) => step(Number(url?.split('/').at(-1)), () => resolve([200, {}]))),
  )
}

/** Calls of two people, each pair overlapping and each after the one before, in the order of their endings. */
export function pairs(count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const n = at % 2 === 0 ? at + 1 : at - 1
    return stepOf(n)
  })
}

function stepOf(n: number): string {
  const pair = Math.floor(n / 2) * 4
  const order =
    n % 2 === 0 ? { began: pair, ended: pair + 3 } : { began: pair + 1, ended: pair + 2 }
  return entryOf({ persona: n % 2 === 0 ? 'alice' : 'bob', path: `/api/step/${n}`, order })
}

interface EntryFacts {
  readonly persona: string
  readonly path: string
  readonly order: { readonly began: number; readonly ended: number }
}

function entryOf({ persona, path, order }: EntryFacts): string {
  return JSON.stringify({
    startedDateTime: new Date(1_700_000_000_000 + order.began).toISOString(),
    time: 1,
    request: { method: 'GET', url: `http://localhost:3000${path}`, headers: [] },
    response: {
      status: 200,
      headers: [],
      content: { size: 2, mimeType: 'application/json', text: '{}' },
    },
    _persona: persona,
    _session: null,
    _order: order,
  })
}

interface SignInFacts extends Partial<Told> {
  readonly order?: EntryFacts['order']
}

export function signInOf(persona: string, facts: SignInFacts = {}): string {
  const { order = { began: -2, ended: -1 }, sub, name } = facts
  const entry = JSON.parse(entryOf({ persona, path: '/auth/login', order }))
  const text = JSON.stringify({ username: persona, password: `{{${persona}.password}}` })
  const headers = [{ name: 'content-type', value: 'application/json' }]
  const postData = { mimeType: 'application/json', text }
  const request = { ...entry.request, method: 'POST', headers, postData }
  const who = { _session: `of-${persona}`, _sub: sub, _name: name }
  return JSON.stringify({ ...entry, request, _signIn: true, ...who })
}

const HEAD = '{"log":{"version":"1.2","creator":{"name":"coatcheck","version":"0"},"entries":['

export function harOf(entries: readonly string[]): string {
  return `${HEAD}\n${entries.join(',\n')}\n]}}\n`
}

export async function writeMany(file: string, count: number): Promise<void> {
  const handle = await fs.open(file, 'w')
  await handle.write(`${HEAD}\n`)
  for (let from = 0; from < count; from += 1000) {
    const lines = Array.from({ length: 1000 }, (_, at) => stepOf((from + at) ^ 1))
    await handle.write(`${lines.join(',\n')}${from + 1000 < count ? ',\n' : '\n'}`)
  }
  await handle.write(']}}\n')
  await handle.close()
}
