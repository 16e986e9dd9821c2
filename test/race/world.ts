// A scenario under way: which steps are possible at the moment, what each does, and what the whole looks like.
import { hash } from 'node:crypto'
import type { Ticket } from '../../src/session/ticket.ts'
import { createFaults } from './faults.ts'
import type { Message } from './message.ts'
import { createModelProvider } from './model-provider.ts'
import { createMonitor, type Handle } from './monitor.ts'
import { createOperations } from './operations.ts'
import { createProcess, type SimulatedProcess } from './process.ts'
import { countedRandom } from './random.ts'
import type { Fault, Operation, Scenario } from './scenario.ts'
import { createSharedStore } from './shared-store.ts'

export interface Step {
  readonly label: string
  /** Whose step it is; `undefined` for time and faults. */
  readonly process: string | undefined
  readonly fault: boolean
  run(): Promise<void> | void
}

export interface World {
  /** What can happen next, always in the same order; empty at the end. */
  steps(): Step[]
  /** Runs a step and everything that follows from it without another one. Throws a `Violation`. */
  take(step: Step): Promise<void>
  /** Two worlds with the same description go on alike. */
  describe(): string
  /** Judges the end. Throws a `Violation`. */
  finish(): Promise<void>
  readonly trace: readonly string[]
}

const START = Date.UTC(2030, 0, 1)
const ACCESS_MS = 600_000
const AHEAD_MS = 30_000
export const PROVIDER_MS = 1000
/** What the refresher takes its leases for. */
export const LEASE_MS = PROVIDER_MS + 5000
/** No message to or from the store, event or timer is late by more than this. */
const LATE_MS = 1000
const MAX_STEPS = 3000

interface Running {
  readonly operation: Operation
  started: boolean
  process: SimulatedProcess | undefined
  done: boolean
}

export async function openWorld(scenario: Scenario): Promise<World> {
  let time = START
  const now = () => time
  const trace: string[] = []
  const shared = createSharedStore(now, () => countedRandom('store'))
  const model = createModelProvider({ now, name: 'main', accessMs: ACCESS_MS, aheadMs: AHEAD_MS })
  const second = createModelProvider({ now, name: 'second', accessMs: ACCESS_MS, aheadMs: 0 })
  const monitor = createMonitor(now, model, trace)
  const histories = new Map<string, string>()
  const faults: Array<Fault | undefined> = [...(scenario.faults ?? [])]
  const running: Running[] = scenario.operations.map((operation) => ({
    operation,
    started: false,
    process: undefined,
    done: false,
  }))
  const ticketsStay = scenario.operations.every(({ do: what }) => !/^(extend|signIn)$/.test(what))
  const failures: unknown[] = []
  let waits = scenario.waits ?? 0
  let beginning = time

  model.onTimeOut((line) => {
    monitor.troubled = true
    for (const handle of monitor.handles) if (handle.line === line) handle.excused += 1
  })

  const altered = scenario.alter?.() ?? {}
  const spawn = (name: string, alter = altered) =>
    createProcess({
      name,
      now,
      random: countedRandom(name),
      shared,
      model,
      providerMs: PROVIDER_MS,
      nearSize: 10,
      slides: scenario.slides ?? false,
      alter,
    })
  const processes = Array.from({ length: scenario.processes }, (_, at) => spawn(`p${at + 1}`))
  const setUp = spawn('p0', {})
  const operations = createOperations({ now, monitor, model, second })
  const effectOf = createFaults({
    now,
    monitor,
    shared,
    processes,
    sleepMs: LEASE_MS + 1,
    killed(process) {
      for (const one of running) if (one.process === process) one.done = true
    },
  })

  function remember(process: SimulatedProcess, label: string) {
    const before = histories.get(process.name) ?? ''
    const input = [before, label, time, process.link.provenAt].join('|')
    histories.set(process.name, hash('md5', input))
  }

  function awake(process: SimulatedProcess) {
    return process.alive && process.stalledUntil <= time
  }

  function stepsOf(process: SimulatedProcess): Step[] {
    const { name, link, clock } = process
    const steps: Step[] = []
    const add = (label: string, run: () => Promise<void> | void) =>
      steps.push({ label: `${name} ${label}`, process: name, fault: false, run })
    for (const message of movable(process)) {
      if (message.state === 'sent') {
        add(`→ ${message.name}`, () => {
          // Written, or of no use any more: nothing is lost with this process.
          if (/^(replace|delete)$/.test(message.name)) process.granting.clear()
          return message.arrive()
        })
      } else if (awake(process)) {
        add(`← ${message.name} #${message.id}`, () => {
          remember(process, `${message.id} ${message.outcome}`)
          message.reply()
        })
      }
    }
    if (!awake(process)) return steps
    const [event] = link.waiting
    if (event) {
      add('event', () => {
        remember(process, `event ${event.message}`)
        link.deliver()
      })
    }
    for (const timer of clock.timers()) {
      if (timer.at > time) break
      add(`timer ${timer.id}`, () => {
        remember(process, `timer ${timer.id}`)
        clock.run(timer)
      })
    }
    return steps
  }

  /** One connection keeps its order both ways; the provider has its own. */
  function movable({ mail }: SimulatedProcess): Message[] {
    const pending = mail.pending()
    if (scenario.unordered) return pending
    const first = (state: Message['state']) =>
      pending.find((one) => !one.patient && one.state === state)
    const next = new Set([first('arrived'), first('sent')])
    return pending.filter((message) => message.patient || next.has(message))
  }

  /**
   * A step whose order among the others makes no difference, so that only one needs to be tried: the only request of a
   * process that has done nothing yet, or an answer to a process that waits for nothing else. (An event before or after
   * that answer leaves the same behind.)
   */
  function alone(each: readonly Step[][], begins: readonly Step[]): Step | undefined {
    if (waits > 0 || faults.some(Boolean)) return undefined
    for (const [at, process] of processes.entries()) {
      const pending = process.mail.pending()
      const timers = process.clock.timers()
      const due = timers.some((timer) => timer.at <= time)
      if (!awake(process) || pending.length > 1 || due) continue
      const idle = process.sessions.nearSize === 0 && timers.length === 0 && pending.length === 0
      const coming = running.filter(
        ({ started, operation }) => !started && placeOf(operation.at) === process,
      )
      if (coming.length === 0) {
        const step = each[at]?.[0]
        if (step && (idle || pending[0]?.state === 'arrived')) return step
      } else if (idle && ticketsStay && coming.length === 1) {
        const begin = begins.find((step) => step.process === process.name)
        if (begin) return begin
      }
    }
    return undefined
  }

  function startSteps(): Step[] {
    return running.flatMap((one, at): Step[] => {
      if (one.started || time < beginning + (one.operation.afterMs ?? 0)) return []
      const process = placeOf(one.operation.at)
      if (!process || !awake(process)) return []
      const { do: what, session } = one.operation
      const label = `${process.name} begins ${what} of ${session}`
      const run = () => {
        remember(process, `begin ${at}`)
        one.started = true
        one.process = process
        operations.perform(one.operation, process).then(
          () => {
            one.done = true
          },
          (error: unknown) => failures.push(error),
        )
      }
      return [{ label, process: process.name, fault: false, run }]
    })
  }

  /** A browser whose process has died comes to another one. */
  function placeOf(at: number): SimulatedProcess | undefined {
    const turned = [...processes.slice(at), ...processes.slice(0, at)]
    return turned.find(({ alive }) => alive)
  }

  function faultSteps(): Step[] {
    return faults.flatMap((fault, at): Step[] => {
      const run = fault && effectOf(fault)
      if (!fault || !run) return []
      const where = 'at' in fault ? ` p${fault.at + 1}` : 'how' in fault ? ` ${fault.how}` : ''
      const label = `! ${fault.do}${where}`
      const once = async () => {
        faults[at] = undefined
        await run()
      }
      return [{ label, process: undefined, fault: true, run: once }]
    })
  }

  /** To the next timer, unless something would be later for that than anything ever is. */
  function timeStep(): Step | undefined {
    let next = Infinity
    for (const process of processes) {
      if (!process.alive) continue
      if (process.stalledUntil > time) next = Math.min(next, process.stalledUntil)
      else next = Math.min(next, process.clock.timers()[0]?.at ?? Infinity)
    }
    for (const { started, operation } of running) {
      const due = beginning + (operation.afterMs ?? 0)
      if (!started && due > time) next = Math.min(next, due)
    }
    if (next === Infinity || next <= time || oldest() < next - LATE_MS) return undefined
    const run = () => {
      time = next
    }
    return { label: `+ ${next - time} ms`, process: undefined, fault: false, run }
  }

  function oldest(): number {
    let at = Infinity
    for (const process of processes.filter(awake)) {
      for (const { patient, sentAt } of process.mail.pending())
        if (!patient) at = Math.min(at, sentAt)
      at = Math.min(at, process.link.waiting[0]?.sentAt ?? Infinity)
      const timer = process.clock.timers()[0]
      if (timer && timer.at <= time) at = Math.min(at, timer.at)
    }
    return at
  }

  function unfinished(): boolean {
    return (
      running.some(({ done }) => !done) ||
      processes.some(({ alive, refresher }) => alive && refresher.underWay > 0)
    )
  }

  function steps(): Step[] {
    const each = processes.map(stepsOf)
    const begins = startSteps()
    const single = alone(each, begins)
    if (single) return [single]
    const own = [...each.flat(), ...begins]
    if (!unfinished()) return own
    if (own.length === 0) {
      const passing = timeStep()
      return passing ? [passing, ...faultSteps()] : []
    }
    const passing = waits > 0 ? timeStep() : undefined
    const wait = passing && {
      ...passing,
      run: () => {
        waits -= 1
        // A grant may be given up by then.
        monitor.troubled = true
        return passing.run()
      },
    }
    return [...own, ...(wait ? [wait] : []), ...faultSteps()]
  }

  async function take(step: Step): Promise<void> {
    trace.push(step.label)
    if (trace.length > MAX_STEPS) monitor.violated('deadlock', 'it goes on and on')
    await step.run()
    await quiet()
    if (failures.length > 0) throw failures[0]
    monitor.granted()
  }

  /** Runs what is possible, in order, without faults. */
  async function settle(): Promise<void> {
    for (let [step] = possible(); step; [step] = possible()) await take(step)
  }

  function possible(): Step[] {
    return [...processes, setUp].flatMap(stepsOf)
  }

  async function settled<T>(work: Promise<T>): Promise<T> {
    let over = false
    const watched = work.finally(() => {
      over = true
    })
    watched.catch(() => undefined)
    await quiet()
    while (!over) {
      await settle()
      if (over) break
      const passing = timeStep()
      if (!passing) return monitor.violated('deadlock', 'nothing can happen any more')
      await take(passing)
    }
    return watched
  }

  for (const person of scenario.people) await settled(operations.begin(person, setUp))
  await settle()
  if (scenario.warm) {
    for (const process of processes) {
      for (const { ticket } of monitor.handles) await settled(process.sessions.find(ticket))
    }
  }
  setUp.alive = false
  const elapsed = { expired: ACCESS_MS, ahead: ACCESS_MS - AHEAD_MS, old: 60_000 }
  time += elapsed[scenario.tokens ?? 'expired']
  beginning = time
  trace.length = 0

  return {
    trace,
    steps,
    take,
    describe() {
      const parts = [
        time,
        shared.describe(),
        model.describe(),
        monitor.describe(),
        waits,
        faults.map(Boolean),
        running.map(({ started, done, process }) => [started, done, process?.name]),
        processes.map(({ name, alive, stalledUntil, mail, link }) => [
          alive,
          stalledUntil,
          histories.get(name),
          mail.pending().map(({ id, state, outcome }) => [id, state, outcome]),
          link.waiting,
          link.frozen,
        ]),
      ]
      return hash('md5', JSON.stringify(parts))
    },
    async finish() {
      if (unfinished()) monitor.violated('deadlock', 'nothing can happen any more')
      time += LEASE_MS + 1
      for (const process of processes) if (process.link.frozen) process.link.thaw()
      await settle()
      for (const handle of monitor.handles) {
        if (handle.lossy) continue
        if (handle.endedAt !== undefined) await mustBeOver(handle.ticket)
        for (const process of processes.filter(({ alive }) => alive)) {
          await settled(operations.ask(handle, process))
          await mustHold(handle, process)
        }
      }
    },
  }

  async function mustBeOver(ticket: Ticket) {
    const record = await shared.read(ticket.storeKey)
    if (record && record.state !== 'ended') monitor.violated('resurrection', 'its record is live')
  }

  async function mustHold(handle: Handle, process: SimulatedProcess) {
    const found = await settled(process.sessions.find(handle.ticket))
    if (found.kind !== 'active') return
    const held = found.session.content.tokens.main
    const generation = (held && model.issueOf(held.access)?.generation) ?? 0
    if (generation < handle.generation) {
      monitor.violated('lost tokens', `${handle.generation} was used, ${generation} is kept`)
    }
  }
}

/** Until everything that follows has happened: promises only, there is nothing else in here. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
