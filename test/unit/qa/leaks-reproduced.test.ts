// What a report says of a leak can be seen again by whoever reads it: where it stands, how it comes about, by curl alone.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { junitReport } from '../../../src/qa/leaks/report-junit.ts'
import { textReport } from '../../../src/qa/leaks/report-text.ts'
import { runLeaks } from '../../../src/qa/leaks/run-leaks.ts'
import { bound } from '../../../src/qa/report/page/bound.ts'
import { historyOf } from '../../../src/qa/report/page/head.ts'
import { pack, unpack } from '../../../src/qa/report/page/packed.ts'
import { printedOf } from '../../../src/qa/report/page/printed.ts'
import type { Run } from '../../../src/qa/run.ts'
import { targetFrom } from '../../support/leaks.ts'
import { runScript } from '../../support/script.ts'
import { startTickingClock } from '../../support/ticking-clock.ts'

const users: readonly string[] = ['alice', 'bob', 'carol']
const passwords = Object.fromEntries(users.map((one) => [`${one.toUpperCase()}_PASSWORD`, 'right']))

interface Call {
  readonly path: string
  /** Whose session it brings. */
  readonly name: string | undefined
  readonly socket: Socket
}

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A service anew each time: what it is broken by is in its own variables. */
type Broken = () => {
  /** `undefined`: as a sound one. */
  answer(call: Call): Answer | undefined
  onSignIn?(name: string, sessions: Map<string, string>, id: string): void
  onSignOut?(name: string, sessions: Map<string, string>): void
}

const mailOf = (name: string | undefined) => `${name}@corp.example`

describe('a leak in a header', () => {
  const broken: Broken = () => {
    let last = ''
    return {
      onSignIn: (name) => {
        last = name
      },
      answer: ({ path, name }) =>
        path === '/user' && name !== undefined
          ? { body: profile(name), headers: { 'x-served-for': mailOf(last) } }
          : undefined,
    }
  }

  it('is told as one, and shown by the script', async () => {
    const run = await leaksOf(broken)
    await using fresh = await serve(broken)

    const printed = await runScript(scriptOf(run), { ...passwords, TARGET: fresh.url })

    expect(run.verdict.history?.steps.at(-1)).toBe(
      "Alice asks GET /user → Bob's mail address in the header x-served-for",
    )
    expect(printed).toMatch(/^x-served-for: bob@corp.example\r?$/m)
    expect(printed).toContain('"username":"alice"')
    const [leak] = run.calls.filter(({ outcome }) => outcome === 'foreign')
    expect(leak?.found).toMatch(/^\w+'s mail address in the header x-served-for$/)
    const page = unpack(pack(bound(run, { messages: 1e6, calls: 1e4, path: 100 })))
    expect(page.calls.map(({ found }) => found)).toEqual(run.calls.map(({ found }) => found))
    expect(printedOf(run).markup).toMatch(/x-served-for: <mark>\w+@corp.example<\/mark>/)
  })
})

describe('what a redirect says', () => {
  const broken: Broken = () => {
    let last = ''
    return {
      onSignIn: (name) => {
        last = name
      },
      answer({ path, name }) {
        if (name === undefined || !path.startsWith('/page')) return undefined
        if (path.startsWith('/page/')) return { body: { me: mailOf(name) } }
        const location = `/page/of?mail=${encodeURIComponent(mailOf(last))}`
        return { status: 302, headers: { location, 'set-cookie': `seen=${mailOf(last)}; Path=/x` } }
      },
    }
  }

  it('is searched, kept, and shown by the script', async () => {
    const run = await leaksOf(broken, ['/page'])
    await using fresh = await serve(broken)

    const printed = await runScript(scriptOf(run), { ...passwords, TARGET: fresh.url })

    expect(run.verdict).toMatchObject({ outcome: 'leak', bug: 'shared-jar' })
    const [leak] = run.calls.filter(
      ({ outcome, path }) => outcome === 'foreign' && path === '/page',
    )
    expect(leak?.response?.headers).toContain('location (302)')
    expect(leak?.response?.headers).toContain('set-cookie (302)')
    const places = new Set(leak?.marks?.map(({ header = 0 }) => leak.response?.headers[header - 1]))
    expect(places).toEqual(new Set(['location (302)', 'set-cookie (302)']))
    expect(printed).toMatch(/^location: \/page\/of\?mail=\w+%40corp.example\r?$/m)
  })
})

describe('an identity that sticks to a connection', () => {
  const broken: Broken = () => {
    const known = new WeakMap<Socket, string>()
    return {
      answer({ path, name, socket }) {
        if (path !== '/user' || name === undefined) return undefined
        const kept = known.get(socket) ?? name
        known.set(socket, kept)
        return { body: profile(kept) }
      },
    }
  }

  it('is called so, with a history on one connection and a script that keeps it', async () => {
    const run = await leaksOf(broken)
    await using fresh = await serve(broken)

    const printed = await runScript(scriptOf(run), { ...passwords, TARGET: fresh.url })

    expect(run.verdict).toMatchObject({ outcome: 'leak', bug: 'connection-bound' })
    const [, , first, last] = run.verdict.history?.steps ?? []
    expect(first).toMatch(/^(\w+) asks GET \/user on one connection → \1's own profile$/)
    expect(last).toMatch(/^(\w+) asks GET \/user on the same connection → (?!\1)\w+'s profile$/)
    expect(printed).toMatch(/^\w+, then \w+, on one connection:\n(\{.*\})\n\1\n$/)
  })
})

describe('a sign-out that throws out another', () => {
  const broken: Broken = () => ({
    answer: () => undefined,
    onSignOut: (_name, sessions) => {
      const newest = [...sessions.keys()].at(-1)
      if (newest !== undefined) sessions.delete(newest)
    },
  })

  it('has a history without anybody who has no part in it', async () => {
    const { verdict } = await leaksOf(broken, [], 'signOut: { post: /logout }')

    expect(verdict).toMatchObject({ leaks: 0, bug: 'unknown' })
    expect(verdict.history?.steps).toHaveLength(4)
    expect(verdict.history?.steps.slice(0, 3)).toEqual([
      expect.stringMatching(/signs in$/),
      expect.stringMatching(/signs in$/),
      expect.stringMatching(/signs out$/),
    ])
  })

  it('is on paper, too, and the report says what had gone before', async () => {
    const run = await leaksOf(broken, [], 'signOut: { post: /logout }')

    expect(printedOf(run).markup).toContain('Valid users who were thrown out')
    expect(run.verdict.history?.before?.signOuts).toBeGreaterThan(0)
    const text = textReport(run, { colour: false, files: [] })
    expect(text).toMatch(
      /tried on a service in which \d+ sign-ins, \d+ sign-outs, and \d+ reads had gone/,
    )
  })
})

describe('ids that are numbers', () => {
  const idOf = (name: string | undefined) => 10_001 + users.indexOf(name ?? '')
  const numbered = (name: string) => ({ id: idOf(name), username: name })

  it('are found where they are somebody else’s', async () => {
    const { verdict } = await leaksOf(() => {
      let last = ''
      return {
        onSignIn: (name) => {
          last = name
        },
        answer({ path, name }) {
          if (name === undefined) return undefined
          if (path === '/user') return { body: numbered(name) }
          return path === '/page' ? { body: { items: [{ accountId: idOf(last) }] } } : undefined
        },
      }
    }, ['/page'])

    expect(verdict).toMatchObject({ outcome: 'leak', bug: 'shared-jar' })
  })

  it('accuse nobody where counts, times, sizes and prices pass through them', async () => {
    const { verdict } = await leaksOf(() => {
      let n = 0
      return {
        answer({ path, name }) {
          if (name === undefined) return undefined
          if (path === '/user') return { body: { ...numbered(name), visits: 10_000 + (++n % 7) } }
          const one = 10_000 + (++n % 5)
          const body = { mine: mailOf(name), total: one, at: one, size: one, cents: one }
          const orders = [{ orderId: one, price: one }]
          return path === '/page' ? { body: { ...body, orders, text: `${one} views` } } : undefined
        },
      }
    }, ['/page'])

    expect(verdict.sentence).toMatch(/^CLEAN/)
  })
})

describe('a leak that begins with the first sign-out', () => {
  const broken: Broken = () => {
    let left: string | undefined
    return {
      onSignOut: (name) => {
        left = name
      },
      answer: ({ path, name }) =>
        path === '/user' && name !== undefined && left !== undefined
          ? { body: { ...profile(name), previous: mailOf(left) } }
          : undefined,
    }
  }

  it('keeps one in its history, so that a service that was just started shows it', async () => {
    const run = await leaksOf(broken, [], 'signOut: { post: /logout }')
    await using fresh = await serve(broken)

    const printed = await runScript(scriptOf(run), { ...passwords, TARGET: fresh.url })

    expect(run.verdict.history?.steps.some((step) => /signs out$/.test(step))).toBe(true)
    expect(run.verdict.history?.steps.at(-1)).toMatch(/mail address at \/previous$/)
    expect(printed).toMatch(/"username":"(\w+)".*"previous":"(?!\1)\w+@corp.example"/)
  })
})

describe('a sign-in that ends all other sessions', () => {
  it('is no shared jar', async () => {
    const { verdict } = await leaksOf(() => ({
      answer: () => undefined,
      onSignIn: (_name, sessions, id) => {
        for (const other of sessions.keys()) if (other !== id) sessions.delete(other)
      },
    }))

    expect(verdict).toMatchObject({ leaks: 0, bug: 'single-session' })
    expect(verdict.history?.steps).toEqual([
      expect.stringMatching(/signs in$/),
      expect.stringMatching(/signs in$/),
      expect.stringMatching(/401, thrown out$/),
    ])
  })
})

describe('whoever brings nothing and gets the last one’s data, seldom asked', () => {
  it('is a leaked default header by its history', async () => {
    const { verdict } = await leaksOf(() => {
      let last: string | undefined
      return {
        onSignIn: (name) => {
          last = name
        },
        answer: ({ path, name }) =>
          path === '/orders' && (name ?? last) !== undefined
            ? { body: [{ owner: mailOf(name ?? last) }] }
            : undefined,
      }
    }, ['/orders'])

    expect(verdict.bug).toBe('leaked-default-header')
  })
})

describe('a leak that no short history shows again', () => {
  it('is told of with the first answer that was wrong, in every report', async () => {
    const run = await leaksOf(() => {
      let asked = 0
      return {
        answer: ({ path, name }) =>
          path === '/page' && name !== undefined
            ? { body: { for: ++asked === 40 ? users.find((one) => one !== name) : name } }
            : undefined,
      }
    }, ['/page'])

    const { withoutHistory = '', history } = run.verdict
    const n = run.calls.findIndex(({ outcome }) => outcome === 'foreign')
    expect(run.verdict).toMatchObject({ outcome: 'leak', leaks: 1 })
    expect(history).toBeUndefined()
    expect(withoutHistory).toMatch(
      /It was seen first in call \d+: \w+ asks GET \/page → \w+'s data\.$/,
    )
    expect(withoutHistory).toContain(`call ${n}:`)
    expect(textReport(run, { colour: false, files: [] })).toContain(withoutHistory)
    expect(junitReport(run).replaceAll('&apos;', "'")).toContain(withoutHistory.slice(0, 60))
    expect(historyOf(run).markup).toContain(`call ${n}: `)
  })

  it('has lit what only later answers told to be foreign', async () => {
    const run = await leaksOf(() => {
      const results: string[] = []
      return {
        answer({ path, name }) {
          if (path !== '/orders' || name === undefined) return undefined
          if (results.length > 40) results.length = 0
          results.push(mailOf(name))
          return { body: [...results] }
        },
      }
    }, ['/orders'])

    const foreign = run.calls.filter(({ outcome, response }) => outcome === 'foreign' && response)
    expect(foreign.length).toBeGreaterThan(0)
    expect(foreign.filter(({ marks = [] }) => marks.length === 0)).toEqual([])
    expect(run.verdict.history?.steps.at(-1)).toMatch(/\w+'s mail address at \/\d+$/)
  })
})

function profile(name: string) {
  return { username: name, email: mailOf(name) }
}

function scriptOf({ verdict }: Run): string {
  return verdict.history?.curl ?? 'exit 1'
}

async function leaksOf(broken: Broken, reads: readonly string[] = [], more = ''): Promise<Run> {
  await using service = await serve(broken)
  const target = await targetFrom(`
target: ${service.url}
signIn: { post: /login, json: { username: "{name}", password: "{password}" } }
carry: cookies
whoami: { get: /user, owner: /username }
users: [${users.map((name) => `{ name: ${name}, password: right }`).join(', ')}]
requests: 12
reads: [${reads.join(', ')}]
${more}
`)
  // Awaited here, while the service still answers.
  using time = startTickingClock()
  return await runLeaks({ target, clock: time.clock })
}

async function serve(broken: Broken) {
  const sessions = new Map<string, string>()
  const flaw = broken()
  let count = 0

  function answer(request: IncomingMessage, body: string): Answer {
    const path = request.url ?? ''
    const id = /sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
    if (path === '/login') {
      const { username } = JSON.parse(body) as { username: string }
      const own = `session-${++count}-${username.length}`
      sessions.set(own, username)
      flaw.onSignIn?.(username, sessions, own)
      return { body: {}, headers: { 'set-cookie': `sid=${own}; Path=/; HttpOnly` } }
    }
    const name = sessions.get(id)
    if (path === '/logout') {
      if (name !== undefined) flaw.onSignOut?.(name, sessions)
      sessions.delete(id)
      return { body: {} }
    }
    const own = flaw.answer({ path, name, socket: request.socket })
    if (own) return own
    if (name === undefined) return { status: 401, body: {} }
    return path === '/user' ? { body: profile(name) } : { status: 404, body: {} }
  }

  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { status = 200, headers = {}, body = {} } = answer(request, text)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
