// The parent's end of a bench process: a Node of its own on one core, called by name.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Reply } from './calls.ts'
import { pinned } from './machine.ts'

export interface Child extends AsyncDisposable {
  readonly pid: number
  /** Rejects with the child's own error, or when the child ends before it answers. */
  call<T>(name: string, argument?: unknown): Promise<T>
}

export interface ChildOptions {
  /** File in this folder. */
  readonly file: string
  readonly core: number
  /** File descriptor for what the child prints; default: thrown away. */
  readonly stdout?: number
}

export function startChild({ file, core, stdout }: ChildOptions): Child {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const [command, ...args] = pinned(core, [process.execPath, path])
  const { NODE_OPTIONS, ...env } = process.env
  const child = spawn(command, args, {
    env: { ...env, NODE_ENV: 'production' },
    stdio: ['ignore', stdout ?? 'ignore', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const gone = Promise.withResolvers<void>()
  let next = 0
  child.on('message', (reply: Reply) => {
    const call = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('error' in reply) call?.reject(new Error(`${file}: ${reply.error}`))
    else call?.resolve(reply.result)
  })
  const end = (why: string) => {
    gone.resolve()
    for (const call of waiting.values()) call.reject(new Error(`${file} ${why}`))
    waiting.clear()
  }
  child.on('error', (error) => end(`did not start: ${error.message}`))
  child.on('exit', (code, signal) => end(`ended with ${code ?? signal}`))
  return {
    pid: child.pid ?? 0,
    call<T>(name: string, argument?: unknown) {
      const call = Promise.withResolvers<unknown>()
      if (!child.connected) call.reject(new Error(`${file} is gone`))
      else {
        const id = next++
        waiting.set(id, call)
        child.send({ id, name, argument })
      }
      return call.promise as Promise<T>
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect()
      await gone.promise
    },
  }
}
