// The script of a report asks what the run asked: everybody by a name of their own, each path as it was, nothing of the shell's.
import { describe, expect, it } from 'vitest'
import { curlScript } from '../../../src/qa/leaks/curl.ts'
import { createNames } from '../../../src/qa/leaks/curl-names.ts'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import type { Observation, Step } from '../../../src/qa/leaks/step.ts'
import type { Target, User } from '../../../src/qa/leaks/target.ts'
import { targetFrom } from '../../support/leaks.ts'
import { type Answering, startLittleServer } from '../../support/little-server.ts'
import { runScript } from '../../support/script.ts'

const HTML = { 'content-type': 'text/html' }

describe('people are told from each other', () => {
  it.each([
    ['Ольга', 'Мария', 'USER_PASSWORD', 'USER_2_PASSWORD'],
    ['a.b', 'a_b', 'A_B_PASSWORD', 'A_B_2_PASSWORD'],
    ['alice', 'Alice', 'ALICE_PASSWORD', 'ALICE_2_PASSWORD'],
    ['ann', 'target', 'ANN_PASSWORD', 'TARGET_PASSWORD'],
  ])('where they are called %s and %s', async (one, other, first, second) => {
    const bodies: string[] = []
    await using server = await startLittleServer((_request, body) => {
      bodies.push(body)
      return [200, {}, { 'set-cookie': `sid=${encodeURIComponent(JSON.parse(body).username)}` }]
    })
    const users = [one, other].map((name) => userOf(name, { password: 'x' }))
    const target = targetAt(server.url, { users })

    const script = curlScript(signIns(one, other), ['in', 'in'], target)
    await runScript(script, { [first]: 'of-one', [second]: 'of-other' })

    expect(bodies.map((body) => JSON.parse(body))).toEqual([
      { username: one, password: 'of-one' },
      { username: other, password: 'of-other' },
    ])
    const jars = new Set([...script.matchAll(/-c ("\$JARS\/[^"]*")/g)].map(([, jar]) => jar))
    expect(jars.size).toBe(2)
  })

  it('and so are a field of theirs and a secret of the file', () => {
    const names = createNames({ users: [userOf('target', {})] })

    expect(names.markOf('target', 'x-key')).not.toBe(names.markOfTarget('x-key'))
    expect(names.ofPage('page:a-b')).not.toBe(names.ofPage('page:a_b'))
  })
})

it('a path is asked for as the run asks for it', async () => {
  await using server = await startLittleServer(() => [200, {}])
  const target = targetAt(server.url, { users: [userOf('alice', { id: '17' })] })
  const paths = ['/users/{id}?filter[a]=1&to={1..3}&n={name}', '/none/{nothing}']
  const steps = paths.map((path): Step => ({ do: 'ask', user: 'alice', path, via: 'own' }))

  await runScript(curlScript(observed(steps), ['one', 'two'], target), { ALICE_ID: '17' })

  expect(server.asked).toEqual(['GET /users/17?filter[a]=1&to={1..3}&n=alice', 'GET /none/'])
})

it('an address of a service is never a list of them', async () => {
  await using server = await startLittleServer(() => [200, {}])
  const target = targetAt(server.url, { path: '/login[1-3]' })

  await runScript(curlScript(signIns('alice'), ['in'], target), { ALICE_PASSWORD: 'x' })

  expect(server.asked).toEqual(['POST /login[1-3]'])
})

describe('what a service says reads no variable of the shell', () => {
  const marks = ['\0', '\\u0000', '\ufdd0', '\u{10fffd}']
  it.each(marks.flatMap((mark) => [[mark, 'json'] as const, [mark, 'form'] as const]))(
    'between %j in a target of %s',
    async (mark, format) => {
      const seen: string[] = []
      await using server = await startLittleServer(({ url = '', rawHeaders }, body) => {
        seen.push(url, body, ...rawHeaders)
        return [200, {}]
      })
      const evil = `${mark}STOLEN${mark}`
      const fields = { [evil]: evil, tz: evil, username: '{name}' }
      const headers = { 'x-one': `a${evil}` }
      const target = targetAt(server.url, { path: '/in', format, fields, headers })

      const script = curlScript(signIns('alice'), ['in'], target).replaceAll('\0', '')
      await runScript(script, { STOLEN: 'a-secret-of-the-shell' })

      expect(seen.join('\n')).toContain('alice')
      expect(seen.join('\n')).not.toContain('a-secret-of-the-shell')
    },
  )
})

describe('a sign-in is sent from the service’s own page', () => {
  const from = async (headers: Readonly<Record<string, string>>) => {
    const seen: Array<{ origin: string | undefined; referer: string | undefined }> = []
    const answering: Answering = ({ method, url = '', headers: sent }, body) => {
      if (method !== 'POST') {
        const [, name] = /sid=session-of-(\w+)/.exec(sent.cookie ?? '') ?? []
        if (url === '/base/in') return [200, '<input name=t value=a-token-of-the-page>', HTML]
        return name === undefined ? [401, {}] : [200, { username: name }]
      }
      seen.push({ origin: sent.origin, referer: sent.referer })
      const name = new URLSearchParams(body).get('username')
      return [200, {}, { 'set-cookie': `sid=session-of-${name}; Path=/` }]
    }
    await using server = await startLittleServer(answering)
    const target = await targetFrom(`
target: ${server.url}/base
headers: ${JSON.stringify(headers)}
signIn: { page: /in, post: /login, form: { username: "{name}", t: "{page:t}" } }
whoami: { get: /user, owner: /username }
users: [{ name: alice }, { name: bob }]
requests: 1
`)
    await runLeaks({ target: { ...target, timeouts: { ...target.timeouts, totalMs: 3000 } } })
    const run = new Set(seen.splice(0).map((one) => JSON.stringify(one)))
    await runScript(curlScript(signIns('alice'), ['in'], target), {})
    return { run: [...run].map((one) => JSON.parse(one)), script: seen, url: server.url }
  }

  it('by the name that it goes by', async () => {
    const { run, script } = await from({ Host: 'app.example.org' })

    const said = { origin: 'http://app.example.org', referer: 'http://app.example.org/base/in' }
    expect(run).toEqual([said])
    expect(script).toEqual([said])
  })

  it('by its address', async () => {
    const { run, script, url } = await from({})

    expect(run).toEqual([{ origin: url, referer: `${url}/base/in` }])
    expect(script).toEqual(run)
  })
})

it('the page of a sign-in leads elsewhere only where it did so in the run', () => {
  const page = '/in'
  const target = targetAt('http://localhost:1', { page })
  const [plain] = signIns('alice')

  const script = (seen: Observation) => curlScript([seen], ['in'], target)

  expect(plain && script(plain)).toMatch(/curl -sSfg -c/)
  expect(plain && script({ ...plain, pageRedirected: true })).toMatch(/curl -sSfgL -c/)
})

function userOf(name: string, fields: Readonly<Record<string, string>>): User {
  return { name, fields: { name, ...fields } }
}

function signIns(...users: readonly string[]): Observation[] {
  return observed(users.map((user) => ({ do: 'sign-in', user })))
}

function observed(steps: readonly Step[]): Observation[] {
  return steps.map(
    (step, batch) =>
      ({
        step,
        batch,
        outcome: 'own',
        status: 200,
        marks: [],
      }) as Partial<Observation> as Observation,
  )
}

interface Changes {
  readonly users?: readonly User[]
  readonly page?: string
  readonly path?: string
  readonly format?: 'json' | 'form'
  readonly fields?: object
  readonly headers?: Readonly<Record<string, string>>
}

function targetAt(origin: string, changes: Changes): Target {
  const { users = [userOf('alice', { password: 'x' })], path = '/login', page } = changes
  const fields = changes.fields ?? { username: '{name}', password: '{password}' }
  return {
    origin,
    base: '',
    headers: {},
    signIn: {
      ...(page === undefined ? {} : { page }),
      method: 'POST',
      path,
      headers: changes.headers ?? {},
      body: { format: changes.format ?? 'json', fields },
    },
    signOut: undefined,
    carry: { kind: 'cookies' },
    whoami: { path: '/user', owner: { pointer: '/name' }, is: '{name}' },
    users,
    reads: [],
    ordinary: [],
    mix: { whoami: 1, reads: 1, visitors: 0 },
    restart: undefined,
    dir: '/',
    allowHosts: [],
    rate: undefined,
    seed: 1,
    requests: 1,
    timeouts: { requestMs: 1000, restartMs: 1000, totalMs: 1000 },
  }
}
