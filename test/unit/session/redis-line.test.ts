import { Command } from 'ioredis'
import { describe, expect, it } from 'vitest'
import type { RedisClient } from '../../../src/session/stores/redis-client.ts'
import { NotSentError, TimeoutError } from '../../../src/session/stores/redis-failure.ts'
import { createLine } from '../../../src/session/stores/redis-line.ts'
import { manualClock } from '../../support/clock.ts'

interface TestClient extends RedisClient {
  /** Lets `connect` resolve, or reject. */
  readonly connected: PromiseWithResolvers<void>
  readonly sent: Command[]
  isDropped: boolean
  /** As a server that hangs up. */
  hangUp(): void
}

function openLines() {
  const clock = manualClock()
  const clients: TestClient[] = []
  const outages: unknown[] = []
  const create = () => {
    const connected = Promise.withResolvers<void>()
    const listeners: (() => void)[] = []
    const client: TestClient = {
      connected,
      sent: [],
      isDropped: false,
      connect: () => connected.promise,
      isUp: () => !client.isDropped,
      async send(command) {
        client.sent.push(command)
        return 'OK'
      },
      onEnd: (listener) => void listeners.push(listener),
      drop: () => false,
      dropAll() {
        client.isDropped = true
        connected.reject(new Error('closed'))
      },
      masters: () => [],
      tags: () => ['0'],
      hangUp() {
        client.isDropped = true
        for (const listener of listeners) listener()
      },
    }
    connected.promise.catch(() => {})
    clients.push(client)
    return client
  }
  const onDown = (error: unknown) => outages.push(error)
  const line = createLine({ create, openMs: 5000, timeoutMs: 800, timer: clock, onDown })
  return { clock, clients, outages, line }
}

async function openLine() {
  const lines = openLines()
  const opened = lines.line.open()
  lines.clients[0]?.connected.resolve()
  await opened
  return lines
}

const ping = () => new Command('ping')
/** Lets promises and their setImmediate settle. */
const settle = async () => {
  for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

describe('the line to Redis', () => {
  it('waits for another client when the one it had has gone, and tells of no outage', async () => {
    const { line, clients, outages } = await openLine()
    clients[0]?.hangUp()
    const command = ping()

    const answer = line.send(command)
    clients[1]?.connected.resolve()

    expect(await answer).toBe('OK')
    expect(clients[1]?.sent).toEqual([command])
    expect(outages).toEqual([])
  })

  it('fails at once while it is known to be down, tries again and again, and is back at the first success', async () => {
    const { line, clients, outages, clock } = await openLine()
    clients[0]?.hangUp()
    clients[1]?.connected.reject(new Error('refused'))
    await settle()

    await expect(line.send(ping())).rejects.toThrow(NotSentError)
    expect(line.tags()).toEqual([])
    clock.advance(50)
    clients[2]?.connected.reject(new Error('refused'))
    await settle()
    clock.advance(100)
    expect(clients).toHaveLength(4)
    clients[3]?.connected.resolve()
    await settle()

    expect(await line.send(ping())).toBe('OK')
    expect(outages).toHaveLength(1)
  })

  it('is down when another client takes longer than a call may, and goes on trying with it', async () => {
    const { line, clients, outages, clock } = await openLine()
    clients[0]?.hangUp()
    clock.advance(800)

    await expect(line.send(ping())).rejects.toThrow(NotSentError)
    expect(outages).toEqual([expect.any(TimeoutError)])
    clients[1]?.connected.resolve()
    await settle()
    expect(await line.send(ping())).toBe('OK')
    expect(clients).toHaveLength(2)
  })

  it('sends nothing that nobody waits for any more', async () => {
    const { line, clients } = await openLine()
    clients[0]?.hangUp()
    const command = ping()
    const answer = line.send(command)

    line.drop(command)
    clients[1]?.connected.resolve()

    await expect(answer).rejects.toThrow(NotSentError)
    expect(clients[1]?.sent).toEqual([])
    expect(clients[1]?.isDropped).toBe(false)
  })

  it('drops the client that a command went by, not the one that came after it', async () => {
    const { line, clients } = await openLine()
    const [first, second] = [ping(), ping()]
    await line.send(first)
    await line.send(second)

    line.drop(first)
    clients[1]?.connected.resolve()
    await settle()
    line.drop(second)

    expect(clients.map(({ isDropped }) => isDropped)).toEqual([true, false])
  })

  it('opens nothing more once it is closed', async () => {
    const { line, clients, clock } = await openLine()
    clients[0]?.hangUp()

    line.close()
    await settle()
    clock.advance(10_000)

    expect(clients.map(({ isDropped }) => isDropped)).toEqual([true, true])
    await expect(line.send(ping())).rejects.toThrow(NotSentError)
  })
})
