// What people do: each operation through the real functions, its answer judged by the monitor.
import { StoreUnreachableError } from '../../src/session/store.ts'
import { parseTicket, type Ticket } from '../../src/session/ticket.ts'
import { YOUNG_MS } from '../../src/tokens/authorize.ts'
import type { ModelProvider } from './model-provider.ts'
import type { Handle, Monitor } from './monitor.ts'
import type { SimulatedProcess } from './process.ts'
import type { Operation } from './scenario.ts'

export interface Operations {
  perform(operation: Operation, process: SimulatedProcess): Promise<void>
  /** A session for `owner`, known to the monitor from its acknowledgement on. */
  begin(owner: string, process: SimulatedProcess): Promise<void>
  ask(handle: Handle, process: SimulatedProcess, rejects?: boolean): Promise<void>
}

export interface OperationsOptions {
  readonly now: () => number
  readonly monitor: Monitor
  readonly model: ModelProvider
  readonly second: ModelProvider
}

export function createOperations(options: OperationsOptions): Operations {
  const { now, monitor, model, second } = options

  async function ask(handle: Handle, process: SimulatedProcess, rejects = false) {
    const { ticket } = handle
    const began = now()
    const first = model.issueOf(`${handle.line} access 1`)
    // A younger one would be taken for good, and the 401 be passed on.
    const rejected = rejects && first !== undefined && began - first.issuedAt > YOUNG_MS
    const refuses = (access: string) => rejected && model.issueOf(access) === first
    const answer = await process.request(ticket, refuses)
    const slept = process.stalledUntil > began
    monitor.answered({ handle, ticket, answer, slept, rejected })
  }

  async function forge({ ticket }: Handle, process: SimulatedProcess) {
    const answer = await process.request(otherKey(ticket))
    if (answer.kind === 'served') monitor.violated('owner', 'served with a forged key')
  }

  async function signOut(handle: Handle, process: SimulatedProcess) {
    const { ticket } = handle
    handle.ending = true
    await process.sessions.signOut(ticket)
    // Signing in at a second provider meanwhile is another wish of the same person, with a ticket of its own.
    if (handle.ticket === ticket) handle.endedAt ??= now()
  }

  async function signIn(handle: Handle, process: SimulatedProcess) {
    const { ticket } = handle
    await begin(handle.owner, process)
    handle.ending = true
    await process.sessions.end(ticket.storeKey, 'replaced')
    if (handle.ticket === ticket) handle.endedAt ??= now()
  }

  async function extend(handle: Handle, process: SimulatedProcess) {
    const { sessions, refresher } = process
    const found = await sessions.find(handle.ticket)
    if (found.kind !== 'active') return
    const tokens = second.signIn(handle.owner)
    await refresher.undisturbed(found.session, async (session) => {
      handle.moved = true
      const extended = await sessions.extend(session, 'second', tokens)
      if (extended) handle.ticket = extended.ticket
    })
  }

  async function begin(owner: string, process: SimulatedProcess): Promise<void> {
    const tokens = model.signIn(owner)
    const details = { provider: 'main', sub: owner, claims: {}, tokens, device: 'model' }
    const { ticket } = await process.sessions.start(details)
    const { line = '' } = model.issueOf(tokens.access) ?? {}
    const untouched = { ending: false, endedAt: undefined, moved: false, excused: 0, lossy: false }
    monitor.handles.push({ owner, line, ticket, generation: 1, ...untouched })
  }

  async function perform(operation: Operation, process: SimulatedProcess): Promise<void> {
    const handle = monitor.handles[operation.session % monitor.handles.length]
    if (!handle) return
    switch (operation.do) {
      case 'request':
        return ask(handle, process, operation.rejects)
      case 'forge':
        return forge(handle, process)
      case 'signOut':
        return mayBeAway(signOut(handle, process))
      case 'signIn':
        return mayBeAway(signIn(handle, process))
      case 'extend':
        return mayBeAway(extend(handle, process))
    }
  }

  async function mayBeAway(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      if (!(error instanceof StoreUnreachableError)) throw error
      if (!monitor.troubled) monitor.violated('needless outage', 'the store')
    }
  }

  return { perform, begin, ask }
}

function otherKey({ text }: Ticket): Ticket {
  const bytes = Buffer.from(text, 'base64url').fill(1, 32)
  const forged = parseTicket(bytes.toString('base64url'))
  if (!forged) throw new Error('not a ticket')
  return forged
}
