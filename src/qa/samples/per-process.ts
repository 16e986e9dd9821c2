// Broken on purpose: four processes answer at one port, and each keeps its sessions in its own memory.
import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { OpenSample } from './sample.ts'

export interface ToSampleWorker {
  readonly port: number
}

const WORKERS = 4

export const openPerProcess: OpenSample = async ({ port }) => {
  const here = import.meta.url
  const name = here.endsWith('.js') ? './per-process-worker.js' : './per-process-worker.ts'
  cluster.setupPrimary({ exec: fileURLToPath(new URL(name, here)), args: [], silent: false })
  const workers: Worker[] = []
  const close = async () => {
    await Promise.all(workers.map(ended))
  }
  try {
    for (let index = 0; index < WORKERS; index++) workers.push(cluster.fork())
    // Where any port will do, all of a cluster get the same.
    const [taken = port] = await Promise.all(workers.map((worker) => listening(worker, port)))
    return { url: `http://127.0.0.1:${taken}`, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

function listening(worker: Worker, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('online', () => worker.send({ port } satisfies ToSampleWorker))
    worker.once('listening', ({ port: taken }) => resolve(taken))
    worker.once('message', (code: unknown) => {
      reject(Object.assign(new Error('the sample cannot listen'), { code }))
    })
    worker.once('exit', () => reject(new Error('a worker of the sample ended')))
  })
}

function ended(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    if (worker.isDead()) return resolve()
    worker.once('exit', () => resolve())
    worker.process.kill('SIGKILL')
  })
}
