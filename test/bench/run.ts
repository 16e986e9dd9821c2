// Questions asked over kept connections, each next one when the last one's answer is whole, and what that took.
import { type Connection, openConnection, type Question } from './connection.ts'

export interface Stretch {
  readonly answers: number
  readonly wallMicros: number
  readonly p50Micros: number
  readonly p99Micros: number
}

export type Enough = (answers: number, wallMs: number) => boolean

export interface Run {
  /** Asks until `enough` says so. Resolves when the last answer is in; rejects at the first that is wrong. */
  go(enough: Enough): Promise<Stretch>
  close(): void
}

/** The connections take turns through `questions`, again and again. */
export async function openRun(
  port: number,
  questions: readonly Question[],
  count: number,
): Promise<Run> {
  const askedAt = new Map<Connection, number>()
  let turn = 0
  let asking = 0
  let startedAt = 0
  let taken: number[] = []
  let enough: Enough = () => true
  let over = Promise.withResolvers<void>()

  const ask = (connection: Connection) => {
    const question = questions[turn++ % questions.length]
    if (!question) throw new Error('there is nothing to ask')
    askedAt.set(connection, performance.now())
    connection.ask(question)
  }
  const onAnswer = (connection: Connection) => {
    const now = performance.now()
    taken.push(now - (askedAt.get(connection) ?? 0))
    if (!enough(taken.length, now - startedAt)) ask(connection)
    else if (--asking === 0) over.resolve()
  }
  const onFailure = (error: Error) => over.reject(error)
  const connections = await Promise.all(
    Array.from({ length: count }, () => openConnection({ port, onAnswer, onFailure })),
  )
  return {
    async go(until) {
      over = Promise.withResolvers()
      enough = until
      taken = []
      asking = connections.length
      startedAt = performance.now()
      for (const connection of connections) ask(connection)
      await over.promise
      return stretchOf(taken, performance.now() - startedAt)
    },
    close() {
      for (const connection of connections) connection.close()
    },
  }
}

function stretchOf(taken: readonly number[], wallMs: number): Stretch {
  const sorted = Float64Array.from(taken).sort()
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0) * 1000
  return {
    answers: taken.length,
    wallMicros: wallMs * 1000,
    p50Micros: at(0.5),
    p99Micros: at(0.99),
  }
}
