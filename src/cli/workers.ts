// `serve` with several workers: this process lets people in, answers operators and watches; the workers serve.
import type { Config } from '../config/config.ts'
import type { Readiness } from '../http/health.ts'
import { systemClock } from '../lib/clock.ts'
import { createLog } from '../log.ts'
import { openOperators } from '../operators.ts'
import type { DeskAnswer, DeskRequest } from '../session/desk.ts'
import { type CommandIo, EXIT } from './io.ts'
import type { ConfigFlags } from './options.ts'
import { createEnding, onStopSignal } from './shutdown.ts'
import type { StartOptions } from './start.ts'
import { whyNotStarted } from './start-failure.ts'
import { summaryText } from './summary.ts'
import { packageVersion } from './version.ts'
import { startWorker, type WorkerStart } from './workers-child.ts'
import { type Crew, type CrewOptions, createCrew } from './workers-crew.ts'
import { openDoor } from './workers-door.ts'
import { createReloading } from './workers-reload.ts'
import { createTally } from './workers-tally.ts'

/** Longer than the workers take, and shorter than platforms wait. */
const END_MS = 28_000

export interface WorkersOptions extends Pick<StartOptions, 'footer' | 'closeAfter'> {
  /** What a worker is started with; default: what this process was. */
  readonly child?: WorkerStart
}

/** Where it cannot start: one sentence on stderr, and the exit code says the rest. */
export async function startWorkers(
  config: Config,
  flags: ConfigFlags,
  io: CommandIo,
  { footer = '', closeAfter, child }: WorkersOptions = {},
): Promise<void> {
  const log = createLog(config.log.level)
  const clock = systemClock
  const tally = createTally()
  const [, program = '', , ...args] = process.argv
  const start = child ?? { args, env: process.env }
  let gaveUp = false

  const door = await orSayWhy(openDoor(config.listen, clock), config, io)
  if (!door) return
  const events: CrewOptions['events'] = {
    joined(worker) {
      tally.add(worker)
      door.add(worker)
    },
    left: door.remove,
    lost({ pid }, { code, signal }) {
      log.error({ event: 'worker_lost', pid, code, signal }, 'a worker ended by itself')
    },
    gaveUp() {
      gaveUp = true
      io.stderr(`${GIVING_UP}\n`)
      end()
    },
  }
  const crew: Crew = createCrew({
    start: () => startWorker(program, start, clock),
    clock,
    mayReplace: () => reloading.mayReplace(),
    events,
  })
  const reloading = createReloading({ config, flags, io, log, crew })
  const operators =
    config.operators &&
    (await orSayWhy(
      openOperators(config.operators, config, {
        readiness: () => readiness(crew),
        metrics: tally.text,
        desk: (request) => askOne(crew, request),
      }),
      config,
      io,
    ))
  if (config.operators && !operators) return
  const end = createEnding({
    log,
    withinMs: END_MS,
    async empty() {
      await door.close()
      return (await crew.stop()) && !gaveUp
    },
    closings: [async () => operators?.close(), async () => closeAfter?.(), async () => log.flush()],
  })

  const begun = await crew.begin(config.workers)
  // The worker itself has said why.
  if (!('live' in begun)) return io.exit(begun.code ?? EXIT.failed)
  if (gaveUp) return
  onStopSignal(log, end)
  // A terminal that goes away says the same as whoever wants a new configuration.
  process.on('SIGHUP', io.isTty ? end : reloading.reload)
  const readyMs = process.uptime() * 1000
  const urls = { url: door.url, operatorsUrl: operators?.url }
  const about = crew.workers.at(0)?.about
  const each = about && { ...about, detail: `${about.detail}, for each worker` }
  const facts = {
    version: packageVersion(),
    readyMs,
    config,
    ...urls,
    live: begun.live,
    about: each,
  }
  io.stdout(summaryText({ ...facts, cwd: io.cwd, colour: io.isTty }) + footer)
}

const GIVING_UP =
  'coatcheck: workers ended again and again, so this ends too: mend what they said above, and start again.'

/** `undefined` once it has been told, with exit code 1. */
async function orSayWhy<T>(opening: Promise<T>, config: Config, io: CommandIo) {
  try {
    return await opening
  } catch (error) {
    const why = whyNotStarted(error, config)
    if (why === undefined) throw error
    io.stderr(`${why}\n`)
    io.exit(EXIT.failed)
    return undefined
  }
}

/** Every worker sees the same sessions: the first that reaches them answers. */
async function askOne({ workers }: Crew, request: DeskRequest): Promise<DeskAnswer> {
  for (const worker of workers) {
    if (await worker.storeAnswers()) return worker.desk(request)
  }
  return { kind: 'unreachable' }
}

async function readiness({ workers, size }: Crew): Promise<Readiness> {
  if (workers.length < size) return 'workers_missing'
  const answers = await Promise.all(workers.map((worker) => worker.storeAnswers()))
  if (answers.includes(undefined)) return 'workers_missing'
  return answers.includes(false) ? 'store_unreachable' : 'ready'
}
