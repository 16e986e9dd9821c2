import type { Command } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/lib/clock.ts'
import { StoreUnreachableError } from '../../../src/session/store.ts'
import { StoreLostError } from '../../../src/session/stores/lost.ts'
import { LineDownError, NotSentError } from '../../../src/session/stores/redis-failure.ts'
import type { Line } from '../../../src/session/stores/redis-line.ts'
import { createRunner } from '../../../src/session/stores/redis-run.ts'
import { repeatableScript, script } from '../../../src/session/stores/redis-script.ts'

const repeatable = repeatableScript('return 1')
const once = script('return 2')

type Answer = (mark: Buffer, command: Command) => unknown

/** A line whose answers are given one after the other; the last one for good. */
function lineOf(...answers: Answer[]) {
  const sent: { verb: string; mark: string }[] = []
  const dropped: Command[] = []
  const mismatches: unknown[] = []
  const line: Line = {
    open: async () => {},
    async send(command) {
      const mark = Buffer.from(String(command.args.at(-1)))
      const answer = answers[Math.min(sent.length, answers.length - 1)]
      sent.push({ verb: command.name, mark: mark.toString() })
      return answer?.(mark, command)
    },
    drop: (command) => void dropped.push(command),
    distrust() {},
    masters: () => [],
    tags: () => [],
    close() {},
  }
  const onMismatch = (error: unknown) => mismatches.push(error)
  const runner = createRunner({ line, timeoutMs: 50, timer: systemClock, name: 'me', onMismatch })
  return { run: runner.run, sent, dropped, mismatches }
}

const own: Answer = (mark) => [mark, 7]
const fails = (error: unknown): Answer => {
  return () => {
    throw error
  }
}

describe('a script that is run in Redis', () => {
  it('answers with what bears the mark of this very call', async () => {
    const { run, sent } = lineOf(own)

    expect(await run(once, ['key'], ['word'])).toBe(7)
    expect(await run(once, ['key'], ['word'])).toBe(7)
    expect(sent[0]?.mark).not.toBe(sent[1]?.mark)
  })

  it.each<[string, Answer]>([
    ['another call', () => [Buffer.from('me99'), 7]],
    ['the call before', (mark) => [Buffer.from(`${mark}0`), 7]],
    ['nobody', () => null],
    ['a plain command', () => Buffer.from('OK')],
    ['one without a mark', () => [7]],
  ])(
    'believes no answer to %s: the connection goes, and it asks again where it may',
    async (_, wrong) => {
      const { run, dropped, mismatches, sent } = lineOf(wrong, own)

      expect(await run(repeatable, ['key'], [])).toBe(7)
      expect([dropped.length, mismatches.length]).toEqual([1, 1])
      expect(sent[1]?.mark).toMatch(/!$/)
      const other = lineOf(wrong, own)
      await expect(other.run(once, ['key'], [])).rejects.toThrow(StoreUnreachableError)
      expect([other.dropped.length, other.sent.length]).toEqual([1, 1])
    },
  )

  it('fails when every answer is another’s', async () => {
    const { run, dropped } = lineOf(() => [Buffer.from('me99'), 7])

    await expect(run(repeatable, ['key'], [])).rejects.toThrow(StoreUnreachableError)
    expect(dropped).toHaveLength(3)
  })

  it('is sent whole where the server does not know it', async () => {
    const { run, sent } = lineOf(fails(new Error('NOSCRIPT No matching script.')), own)

    expect(await run(once, ['key'], [])).toBe(7)
    expect(sent.map(({ verb }) => verb)).toEqual(['evalsha', 'eval'])
  })

  it('is sent again where nothing was written, and nothing says that it is a second time', async () => {
    const { run, sent } = lineOf(fails(new NotSentError(new Error('closed'))), own)

    expect(await run(once, ['key'], [])).toBe(7)
    expect(sent[1]?.mark).not.toMatch(/!$/)
  })

  it('is not sent again where it may have been done', async () => {
    const { run, sent } = lineOf(fails(new Error('Connection is closed.')), own)

    await expect(run(once, ['key'], [])).rejects.toThrow(StoreUnreachableError)
    expect(sent).toHaveLength(1)
    expect(await run(repeatable, ['key'], [])).toBe(7)
  })

  it('tells a call that never left from one that may have been done before the line went', async () => {
    const down = fails(new LineDownError(new Error('nobody listens')))
    const closed = fails(new Error('Connection is closed.'))

    const begun = [false, true]
    for (const [at, { run }] of [lineOf(down), lineOf(closed, down)].entries()) {
      const error: unknown = await run(repeatable, ['key'], []).catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(StoreLostError)
      expect(error).toMatchObject({ begun: begun[at] })
    }
  })

  it('drops the connection on which no answer came in time', async () => {
    const { run, dropped } = lineOf(() => new Promise(() => {}))

    await expect(run(repeatable, ['key'], [])).rejects.toMatchObject({
      cause: { code: 'ETIMEDOUT' },
    })
    expect(dropped).toHaveLength(1)
  })

  it.each([
    ["OOM command not allowed when used memory > 'maxmemory'.", 'Redis is full', 0],
    ["READONLY You can't write against a read only replica.", 'Redis is a replica', 1],
    ['LOADING Redis is loading the dataset in memory', 'Redis is still reading its data', 0],
    ['MASTERDOWN Link with MASTER is down', 'Redis has lost its master', 1],
    ['CLUSTERDOWN Hash slot not served', 'Redis is a cluster that does not serve', 0],
    ['WRONGTYPE Operation against a key', 'Redis cannot be reached', 0],
  ])('says in words what Redis means by %s', async (text, words, drops) => {
    const { run, dropped } = lineOf(fails(new Error(text)))

    const error: unknown = await run(once, ['key'], ['canary']).catch((cause: unknown) => cause)

    expect(error).toBeInstanceOf(StoreUnreachableError)
    expect(String(error)).toContain(words)
    expect(JSON.stringify((error as Error).cause)).not.toContain('canary')
    expect(dropped).toHaveLength(drops)
  })
})
