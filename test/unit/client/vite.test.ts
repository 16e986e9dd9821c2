import { symlink } from 'node:fs/promises'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { build, createLogger, createServer, type InlineConfig, preview } from 'vite'
import { describe, expect, it } from 'vitest'
import { coatcheck } from '../../../src/client/vite.ts'
import { openFolder } from '../../support/folder.ts'
import { freePort } from '../../support/free-port.ts'
import { startGateway } from '../../support/gateway.ts'
import { type SendOptions, send } from '../../support/http.ts'
import { startUpstream } from '../../support/upstream.ts'
import { codeUnder, top } from './docs.ts'

const PAGE = '<!doctype html><title>A page</title>'

type Files = Readonly<Record<string, string>>

/** A dev server for a folder with one page and `files`, and every line that it logged. */
async function startDev(config: InlineConfig, { files = {} as Files, start = dev } = {}) {
  const folder = await openFolder({ 'index.html': PAGE, ...files })
  await symlink(join(top, 'node_modules'), join(folder.path, 'node_modules'))
  const lines: string[] = []
  const push = (line: string) => void lines.push(line)
  const customLogger = { ...createLogger('silent'), info: push, warnOnce: push, error: push }
  const server = await start({ root: folder.path, configFile: false, customLogger, ...config })
  const { port } = (server.httpServer as Server).address() as AddressInfo
  return {
    port,
    lines,
    root: server.config.root,
    /** As a browser whose page came from this server. */
    send(path: string, options: SendOptions = {}, name = 'localhost') {
      const host = `${name}:${port}`
      const headers = {
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'cors',
        'sec-fetch-dest': 'empty',
        origin: `http://${host}`,
        ...options.headers,
      }
      return send(port, path, { ...options, host, headers })
    },
    close: () => server.close(),
    async [Symbol.asyncDispose]() {
      await server.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function dev(config: InlineConfig) {
  // Every address: `localhost` alone may mean ::1, which the tests do not ask.
  const own = { port: 0, host: '0.0.0.0', ...config.server }
  const server = await createServer({ ...config, server: own })
  return server.listen()
}

const login = { method: 'POST', json: { username: 'ada', password: 'secret' } }

describe('a dev server with a gateway inside', { timeout: 60_000 }, () => {
  it('is one origin, whichever port it got: sign in, and the API is that user’s', async () => {
    await using upstream = await startUpstream()
    const plugins = [coatcheck({ upstream: upstream.url, signIn: '/login' })]
    await using it = await startDev({ plugins })

    const signedIn = await it.send('/auth/login', login)
    const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
    const user = await it.send('/api/user', { headers: { cookie } })

    expect(signedIn.json()).toMatchObject({ authenticated: true, sub: 'ada' })
    expect(cookie).toMatch(new RegExp(`^coatcheck-${it.port}=`))
    expect(user.json()).toMatchObject({ username: 'ada' })
    expect(it.lines.join('\n')).toContain(`of http://localhost:${it.port}`)
  })

  it('has many people side by side, each under a name of their own', async () => {
    await using upstream = await startUpstream()
    const plugins = [coatcheck({ upstream: upstream.url, signIn: '/login' })]
    await using it = await startDev({ plugins })

    const answer = await it.send('/auth/login', login, 'alice.localhost')

    expect(answer.status).toBe(200)
  })

  it('gives the gateway whole path segments only, and keeps the rest', async () => {
    await using upstream = await startUpstream()
    const plugins = [
      coatcheck({ upstream: upstream.url, signIn: '/login', prefixes: ['/auth', '/api', '/v1.0'] }),
    ]
    await using it = await startDev({ plugins })
    const problemOf = async (path: string) =>
      (await it.send(path)).headers['coatcheck-problem'] ?? 'not the gateway'

    expect(await problemOf('/api')).toBe('session_required')
    expect(await problemOf('/api?x=1')).toBe('session_required')
    expect(await problemOf('/v1.0/x')).toBe('not_found')
    expect(await problemOf('/auth/nothing')).toBe('not_found')
    for (const path of ['/apiary', '/authors', '/v1x0/x', '/']) {
      expect(await problemOf(path)).toBe('not the gateway')
    }
  })

  it('starts from a configuration file, whatever origin and port that names', async () => {
    await using upstream = await startUpstream()
    const yaml = `publicOrigin: https://app.example.org\nlisten: { port: 1 }\ncookie: { keys: "\${MY_KEYS}" }\nupstream: ${upstream.url}\nsignIn: /login\n`
    const files = {
      'gateway.yaml': yaml,
      '.env': `MY_KEYS=${Buffer.alloc(32, 7).toString('base64url')}`,
    }
    await using it = await startDev({ plugins: [coatcheck({ config: 'gateway.yaml' })] }, { files })

    expect((await it.send('/auth/login', login)).status).toBe(200)
  })

  it('goes by the one address that it was told to listen at, and names it to whoever uses another', async () => {
    await using upstream = await startUpstream()
    const plugins = [coatcheck({ upstream: upstream.url, signIn: '/login' })]
    await using it = await startDev({ plugins, server: { host: '127.0.0.1' } })

    const right = await it.send('/auth/session', {}, '127.0.0.1')
    const other = await it.send('/auth/session')

    expect([right.status, other.status]).toEqual([200, 421])
    expect(it.lines.join('\n')).toContain(`open http://127.0.0.1:${it.port} instead`)
  })

  it('says everything that is wrong with it, in the terminal and to whoever asks', async () => {
    const files = { 'gateway.yaml': 'upstraem: http://localhost:1\nsignIn: login\n' }
    await using it = await startDev({ plugins: [coatcheck({ config: 'gateway.yaml' })] }, { files })

    const answer = await it.send('/auth/session')

    expect(answer.status).toBe(500)
    for (const said of [it.lines.join('\n'), answer.text]) {
      expect(said).toContain('gateway.yaml:1:1')
      expect(said).toContain('did you mean upstream')
      expect(said).not.toMatch(/ at .*vite\.ts/)
    }
    expect((await it.send('/', { headers: { accept: 'text/html' } })).text).toContain('A page')
  })

  it('says in one sentence, without a stack, that its Node is too old', async () => {
    const version = Object.getOwnPropertyDescriptor(process, 'version') ?? {}
    await using upstream = await startUpstream()
    const plugins = [coatcheck({ upstream: upstream.url, signIn: '/login' })]
    Object.defineProperty(process, 'version', { ...version, value: 'v20.19.0' })
    try {
      await using it = await startDev({ plugins })

      const answer = await it.send('/auth/session')

      expect(answer.status).toBe(500)
      for (const said of [it.lines.join('\n'), answer.text]) {
        expect(said).toContain('Coatcheck needs Node 22.20 or later and this is v20.19.0: install')
        expect(said).not.toMatch(/ at .*vite\.ts/)
      }
    } finally {
      Object.defineProperty(process, 'version', version)
    }
  })

  it('signs nobody out by being started anew', async () => {
    const port = await freePort()
    await using upstream = await startUpstream()
    const server = { port, strictPort: true }
    const plugins = () => [coatcheck({ upstream: upstream.url, signIn: '/login' })]
    await using first = await startDev({ plugins: plugins(), server })
    const signedIn = await first.send('/auth/login', login)
    const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
    await first.close()

    await using again = await startDev({ plugins: plugins(), server, root: first.root })

    const session = await again.send('/auth/session', { headers: { cookie } })
    expect(session.json()).toMatchObject({ authenticated: true, sub: 'ada' })
  })

  it('ends with it', async () => {
    await using upstream = await startUpstream()
    const plugins = [coatcheck({ upstream: upstream.url, signIn: '/login' })]
    await using it = await startDev({ plugins })
    await it.send('/auth/session')
    const [, port = ''] = /by http:\/\/127\.0\.0\.1:(\d+)/.exec(it.lines.join('\n')) ?? []
    const asked = () =>
      send(Number(port), '/auth/health').then(
        ({ status }) => status,
        () => 'closed',
      )
    const before = await asked()

    await it.close()

    expect(before).toBe(204)
    await expect.poll(asked, { timeout: 10_000 }).toBe('closed')
  })

  it('works in vite preview too', async () => {
    await using upstream = await startUpstream()
    const plugins = [coatcheck({ upstream: upstream.url, signIn: '/login' })]
    const built = async (config: InlineConfig) => {
      await build({ ...config, logLevel: 'silent' })
      return preview({ ...config, preview: { port: 0, host: '0.0.0.0' } })
    }
    await using it = await startDev({ plugins }, { start: built as never })

    expect((await it.send('/auth/login', login)).status).toBe(200)
  })
})

describe('a dev server before a gateway that runs already', { timeout: 60_000 }, () => {
  it('passes Host and Origin on as the browser sent them', async () => {
    const port = await freePort()
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      publicOrigin: `http://localhost:${port}`,
      routes: [{ prefix: '/api', upstream: upstream.url }],
    })
    await using it = await startDev({
      plugins: [coatcheck({ gateway: gateway.url })],
      server: { port, strictPort: true },
    })
    // The Origin alone, as browsers without Fetch Metadata send it.
    const old = { 'sec-fetch-site': [], 'sec-fetch-mode': [], 'sec-fetch-dest': [] }

    const answer = await it.send('/auth/login', { ...login, headers: old })
    const forged = await it.send('/auth/login', {
      ...login,
      headers: { ...old, origin: 'http://localhost:1' },
    })

    expect([answer.status, forged.status]).toEqual([200, 403])
  })

  it('names the mend when the gateway answers to another origin', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      routes: [{ prefix: '/api', upstream: upstream.url }],
    })
    await using it = await startDev({ plugins: [coatcheck({ gateway: gateway.url })] })

    const answer = await it.send('/auth/session')

    expect(answer.status).toBe(421)
    expect(it.lines.join('\n')).toContain(`COATCHECK_PUBLIC_ORIGIN=http://localhost:${it.port}`)
  })

  it('and one inside are not both to be had', () => {
    const both = { gateway: 'http://localhost:3000', upstream: 'http://localhost:8000' }
    expect(() => coatcheck(both)).toThrow('not both')
  })
})

describe('what docs/frontend.md says', { timeout: 60_000 }, () => {
  it('of four lines for Vite is true of a gateway as it is started by default', async () => {
    const port = await freePort()
    await using upstream = await startUpstream()
    await using _gateway = await startGateway({
      publicOrigin: `http://localhost:${port}`,
      listen: { host: '127.0.0.1', port },
      routes: [{ prefix: '/api', upstream: upstream.url }],
    })
    const [lines = ''] = codeUnder('In development', 'js')
    const files = { 'vite.config.js': lines.replaceAll('localhost:3000', `localhost:${port}`) }
    await using it = await startDev(
      {},
      {
        files,
        start: (config) =>
          dev({ ...config, configFile: join(String(config.root), 'vite.config.js') }),
      },
    )

    const signedIn = await it.send('/auth/login', login)
    const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''

    expect(lines).toContain('localhost:3000')
    expect(signedIn.status).toBe(200)
    expect((await it.send('/api/user', { headers: { cookie } })).json()).toMatchObject({
      username: 'ada',
    })
  })

  it('of the plug-in works as it stands', async () => {
    await using upstream = await startUpstream()
    const [code = ''] = codeUnder('The Vite plug-in', 'ts')
    const config = code
      .replace("'coatcheck/vite'", `'${top}src/client/vite.ts'`)
      .replace('http://localhost:8000', upstream.url)
    await using it = await startDev(
      {},
      {
        files: { 'vite.config.ts': config },
        start: (inline) =>
          dev({
            ...inline,
            configFile: join(String(inline.root), 'vite.config.ts'),
            configLoader: 'native',
          }),
      },
    )

    expect(code).toContain('http://localhost:8000')
    expect((await it.send('/auth/login', login)).status).toBe(200)
  })
})
