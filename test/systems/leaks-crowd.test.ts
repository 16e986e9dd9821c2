// Many users at once: 50 of them ask 200 times in each of three phases, and all of it is judged within half a minute.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runLeaks } from '../../src/qa/leaks/run-leaks.ts'
import { startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { targetFrom } from '../support/leaks.ts'

const LONG = process.env.COATCHECK_LONG === '1'
const [USERS, REQUESTS] = LONG ? [50, 200] : [20, 20]
/** What two cores are asked for when they have nothing else to do. */
const MOST_MS = 30_000
const UNDER_LOAD: readonly string[] = ['simultaneous-sign-in', 'steady', 'reuse']

it('asks for a crowd without leaving anything out', async () => {
  await using upstream = await startUpstreamProcess()
  await using folder = await openFolder({
    'coatcheck.yaml': [
      'publicOrigin: http://localhost:3000',
      `upstream: ${upstream.url}`,
      'signIn: /login',
      'listen: { host: 127.0.0.1, port: 0 }',
      'operators: { port: 0 }',
      '',
    ].join('\n'),
  })
  await using gateway = await startCommand(['serve'], { cwd: folder.path })
  const names = Array.from({ length: USERS }, (_, n) => `somebody-${n + 101}`)
  const target = await targetFrom(`
target: http://127.0.0.1:${gateway.port}
headers: { host: "${gateway.host}" }
signIn: { post: /auth/login, json: { username: "{name}", password: "{password}" } }
whoami: { get: /api/user, owner: /username }
users: [${names.map((name) => `{ name: ${name}, password: secret }`).join(', ')}]
requests: ${REQUESTS}
timeouts: { total: 5m }
`)

  const began = Date.now()
  const { verdict, phases, calls } = await runLeaks({ target })
  const tookMs = Date.now() - began

  expect(verdict).toMatchObject({ outcome: 'clean' })
  for (const phase of UNDER_LOAD) {
    const asked = calls.filter((call) => call.phase === phase && call.path === '/api/user')
    expect(asked.length).toBeGreaterThanOrEqual(USERS * REQUESTS)
  }
  if (LONG) {
    console.log(
      `${verdict.answers} answers in ${tookMs} ms:`,
      phases.map(({ name, startMs, endMs }) => `${name} ${endMs - startMs} ms`).join(', '),
    )
    expect(tookMs).toBeLessThan(MOST_MS)
  }
})

async function startUpstreamProcess() {
  const file = fileURLToPath(new URL('../support/upstream-child.ts', import.meta.url))
  const child = fork(file, { execPath: process.execPath, silent: true })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve(String(message)))
    child.once('close', (code) => reject(new Error(`the upstream ended with ${code}: ${said}`)))
  })
  return {
    url,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
