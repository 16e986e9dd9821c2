// A browser on a slow line: takes a large answer a little at a time.
import { get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { HOST, type Person } from './browser.ts'
import { ownerMark, type Workload } from './workloads.ts'

const SIP_BYTES = 1024 * 1024
const PAUSE_MS = 50

/** Rejects unless the whole answer came and was this person's. */
export async function readSlowly(port: number, person: Person, workload: Workload): Promise<void> {
  const { path, receives } = workload
  const [name, value] = person.proof
  const headers = { host: HOST, 'sec-fetch-site': 'same-origin', [name]: value }
  const { promise, resolve, reject } = Promise.withResolvers<AsyncIterable<Buffer>>()
  get({ host: '127.0.0.1', port, path, headers, agent: false }, resolve).on('error', reject)
  let received = 0
  let start = ''
  for await (const chunk of await promise) {
    if (start.length < 100) start += chunk.toString('latin1', 0, 100)
    if ((received % SIP_BYTES) + chunk.length >= SIP_BYTES) await pause(PAUSE_MS)
    received += chunk.length
  }
  if (received !== receives) throw new Error(`${received} of ${receives} bytes came`)
  if (!start.startsWith(ownerMark(person.name))) throw new Error("an answer is not the asker's")
}
