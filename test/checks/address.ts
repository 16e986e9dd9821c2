// The address that a started command prints: found, and asked.
import { request } from 'node:http'

/** Of this machine, in what a command prints: name and port. */
export const ADDRESS = /http:\/\/((?:[\w-]+\.)?localhost|127\.0\.0\.1):(\d+)(?=[\s/])/

/** Any answer but "not here" and "broken". */
export function answers([, name, port = '']: readonly string[]): Promise<boolean> {
  const headers = { host: `${name}:${port}` }
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, headers, timeout: 10_000 })
    asked.on('response', ({ statusCode = 500 }) => {
      resolve(statusCode < 500 && statusCode !== 421)
      asked.destroy()
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })
}

/** `undefined` when `work` takes longer than `ms`. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, ms, undefined)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
