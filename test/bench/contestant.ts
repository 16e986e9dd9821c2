// What every contestant's process answers to, whatever it runs.

import { writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { answerCalls } from './calls.ts'

export interface Setting {
  readonly upstream: string
  /** An empty folder of its own. */
  readonly dir: string
  /** Coatcheck's built files. */
  readonly built: string
  readonly settings: Readonly<Record<string, unknown>>
}

export interface Running {
  readonly url: string
  /** Where another process than this one does the work. */
  usage?(): Usage
}

export interface Usage {
  /** User and system, of every thread. */
  readonly cpuMicros: number
  readonly rssBytes: number
}

export function runContestant(open: (setting: Setting) => Promise<Running>): void {
  const inspector = new Session()
  let running: Running | undefined
  answerCalls({
    async open(setting: Setting) {
      running = await open(setting)
      return running.url
    },
    usage: () => running?.usage?.() ?? ownUsage(),
    async profile() {
      inspector.connect()
      await inspector.post('Profiler.enable')
      await inspector.post('Profiler.setSamplingInterval', { interval: 200 })
      await inspector.post('Profiler.start')
    },
    async profiled(path: string) {
      const { profile } = await inspector.post('Profiler.stop')
      inspector.disconnect()
      await writeFile(path, JSON.stringify(profile))
    },
  })
}

function ownUsage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuMicros: user + system, rssBytes: process.memoryUsage.rss() }
}
