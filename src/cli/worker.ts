// `coatcheck worker`: one of the processes of `serve`, which starts it, hands it its connections and tells it to end.
import type { Socket } from 'node:net'
import type { Command } from 'commander'
import type { FastifyInstance } from 'fastify'
import { answers } from '../http/health.ts'
import { systemClock } from '../lib/clock.ts'
import type { CrashReport } from './crash.ts'
import { showOut } from './drain.ts'
import { type CommandIo, EXIT } from './io.ts'
import { type ConfigFlags, configFlags, configFrom } from './options.ts'
import { createEnding } from './shutdown.ts'
import { createHanded, type Handed } from './workers-handed.ts'
import type { FromWorker, ToWorker } from './workers-messages.ts'

export function register(program: Command, io: CommandIo, crash: CrashReport): void {
  const command = program.command('worker', { hidden: true })
  configFlags(command).action((flags: ConfigFlags) => worker(flags, io, crash))
}

async function worker(flags: ConfigFlags, io: CommandIo, crash: CrashReport): Promise<void> {
  if (process.send === undefined) {
    io.stderr('A worker is started by "coatcheck serve", where workers is more than 1.\n')
    return io.exit(EXIT.config)
  }
  // A terminal and a service manager tell every process; whoever started this one says when it is its turn.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  const config = await configFrom(flags, io, { createKeys: true })
  if (config === undefined) return
  crash.stack = config.log.level === 'debug'
  const { openServer } = await import('../gateway.ts')
  const app = await openServer({ config })
  const live = await app.coatcheck.store.count()
  const handed = createHanded(app.server)
  const end = createEnding({
    log: app.coatcheck.log,
    async empty() {
      app.coatcheck.live.drain()
      await showOut(app.server, systemClock, handed.empty())
      return true
    },
    closings: [
      async () => send({ kind: 'last', metrics: await app.coatcheck.metrics.snapshot() }),
      () => app.close(),
    ],
  })
  // Without its starter nobody would ever tell it.
  process.on('disconnect', end)
  if (!process.connected) return end()
  process.on('message', (message: ToWorker, connection?: Socket) => {
    hear(message, connection, app, handed, end)
  })
  const { about } = app.coatcheck.store
  send({ kind: 'ready', live, ...(about ? { about } : {}) })
}

function hear(
  message: ToWorker,
  connection: Socket | undefined,
  app: FastifyInstance,
  handed: Handed,
  end: () => void,
): void {
  if (message.kind === 'drain') {
    end()
    return
  }
  if (message.kind === 'connection') {
    // Said before anything is read, so that until then another one could have it.
    send({ kind: 'taken' })
    if (connection) handed.take(connection)
    return
  }
  const { store, metrics, desk } = app.coatcheck
  if (message.kind === 'desk') {
    const { id, request } = message
    void desk(request).then((answer) => send({ kind: 'desk', id, answer }))
    return
  }
  const { id, what } = message
  if (what === 'store') void answers(store).then((yes) => send({ kind: what, id, answers: yes }))
  else void metrics.snapshot().then((all) => send({ kind: what, id, metrics: all }))
}

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message)
}
