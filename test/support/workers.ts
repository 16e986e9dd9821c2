// `coatcheck serve` with several workers on one database, and a look at its processes.
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CommandOptions, startCommand } from './command.ts'
import { openFolder } from './folder.ts'
import { openHttpClient, type SendOptions } from './http.ts'
import { startUpstream, type TestUpstreamOptions } from './upstream.ts'

/** `settings`: further lines of the configuration. */
export async function openWorkshop(settings = '', options: TestUpstreamOptions = {}) {
  const upstream = await startUpstream({ keep: 50_000, ...options })
  const config = (more: string) => `publicOrigin: http://localhost:3000
listen: { port: 0 }
operators: { port: 0 }
workers: 2
limits: { signInPerAddress: 100000, signInPerAccount: 100000 }
log: { level: info, access: false }
providers:
  main:
    kind: password
    signIn: { url: "${upstream.url}/login" }
    refresh: { url: "${upstream.url}/refresh", bearer: refresh }
routes:
  - { prefix: /api, upstream: "${upstream.url}" }
${more}
`
  const dir = await openFolder({ 'coatcheck.yaml': config(settings) })
  return {
    upstream,
    path: dir.path,
    /** As if an editor had saved it. */
    write: (text: string) => writeFile(join(dir.path, 'coatcheck.yaml'), text),
    config,
    start: (more: Partial<CommandOptions> = {}, flags: readonly string[] = []) =>
      startCommand(['serve', ...flags], { cwd: dir.path, ...more }),
    async [Symbol.asyncDispose]() {
      await dir[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

/** Processes that `pid` has started and that are there; Linux only. */
export function workersOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number)
}

export function isAlive(pid: number): boolean {
  try {
    // What has ended and waits for its starter to look is a zombie.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** The operators' listener of a command that says where it is. */
export function operatorsOf({ stdout }: { readonly stdout: string }) {
  const url = /operators (http:\S+)/.exec(stdout)?.[1]
  if (url === undefined) throw new Error('the summary names no operators’ listener')
  const client = openHttpClient(url)
  return {
    ready: async () => (await client.send('/readyz')).status,
    get: client.send,
    async metric(name: string, options: SendOptions = {}): Promise<number> {
      const { text } = await client.send('/metrics', options)
      const found = [
        ...text.matchAll(new RegExp(`^coatcheck_${name}(?:\\{[^}]*\\})? (\\d+)$`, 'gm')),
      ]
      return found.reduce((sum, [, value]) => sum + Number(value), 0)
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  }
}
