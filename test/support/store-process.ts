// A SQLite session store opened by a process of its own, to be asked and to be killed.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StoreKey } from '../../src/session/session.ts'
import { type SessionStore, StoreUnreachableError } from '../../src/session/store.ts'

export type Question =
  | { readonly ask: 'call'; readonly method: keyof SessionStore; readonly args: readonly unknown[] }
  | { readonly ask: 'storm'; readonly name: string }
  | { readonly ask: 'fill the disk' | 'free the disk' | 'errors' }

export type Told =
  | { readonly kind: 'open' }
  | { readonly kind: 'answer'; readonly value: unknown }
  | {
      readonly kind: 'failed'
      readonly unreachable: boolean
      readonly text: string
      /** The cause's code. */
      readonly code: string
    }
  /** An acknowledged step of a storm; revision 3 is the session's end. */
  | { readonly kind: 'written'; readonly key: StoreKey; readonly revision: number }
  | { readonly kind: 'heard'; readonly key: string }

export interface StoreProcess extends AsyncDisposable {
  /** Rejects as the store does there. A lease is answered with whether it was given. */
  call(method: keyof SessionStore, ...args: readonly unknown[]): Promise<unknown>
  ask(question: Question): Promise<unknown>
  /** What it told without being asked, so far. */
  readonly told: readonly Told[]
  /** Resolves when `enough` is true of what was told; rejects where the process ends before. */
  until(enough: (told: readonly Told[]) => boolean): Promise<void>
  /** SIGKILL; resolves when the process is gone and all that it told has been heard. */
  kill(): Promise<void>
}

const CHILD = fileURLToPath(new URL('./store-child.ts', import.meta.url))
const NODE = [process.execPath, CHILD]

/** In a world of its own, where the first argument is a directory on a small disk in memory. */
const SMALL_DISK = [
  'unshare',
  '-rm',
  'sh',
  '-c',
  'mount -t tmpfs -o size=$1 none $0 && shift && exec "$@"',
]

/** True where a process may have a disk of its own. */
export function canHaveSmallDisk(): boolean {
  const [command = '', ...args] = SMALL_DISK
  return spawnSync(command, [...args, tmpdir(), '1m', 'true']).status === 0
}

/** Resolves when its store is open. `disk`: bytes of a disk of its own, mounted where `path` is. */
export async function startStoreProcess(
  path: string,
  { disk }: { disk?: number } = {},
): Promise<StoreProcess> {
  const world = disk === undefined ? [] : [...SMALL_DISK, dirname(path), `${disk}`]
  const [command = '', ...args] = [...world, ...NODE, path]
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  const gone = Promise.all([once(child, 'exit'), once(child, 'disconnect')])
  const opened = Promise.withResolvers<void>()
  const asked: PromiseWithResolvers<unknown>[] = []
  const told: Told[] = []
  let onTold = () => {}

  child.on('message', (message: Told) => {
    if (message.kind === 'open') opened.resolve()
    else if (message.kind === 'answer') asked.shift()?.resolve(message.value)
    else if (message.kind === 'failed') asked.shift()?.reject(errorOf(message))
    else {
      told.push(message)
      onTold()
    }
  })
  gone.then(() => opened.reject(new Error('the store process ended before its store was open')))
  await opened.promise

  function ask(question: Question): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>()
    asked.push(answer)
    child.send(question)
    return answer.promise
  }

  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await gone
  }

  return {
    ask,
    call: (method, ...args) => ask({ ask: 'call', method, args }),
    told,
    until: (enough) =>
      new Promise((resolve, reject) => {
        onTold = () => enough(told) && resolve()
        onTold()
        void gone.then(() => reject(new Error('the store process has ended')))
      }),
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

function errorOf({ unreachable, text, code }: Told & { kind: 'failed' }): Error {
  const cause = Object.assign(new Error(text), { code })
  return unreachable ? new StoreUnreachableError(text, { cause }) : new Error(text)
}
