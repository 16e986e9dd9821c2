import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { endOfMessage, isPush, nameOf, splitMessages } from '../support/resp.ts'
import { type Mishap, startRespMiddleman } from '../support/resp-middleman.ts'

const MESSAGES = [
  '+OK\r\n',
  '-ERR no\r\n',
  ':12\r\n',
  '$5\r\nhe\r\no\r\n',
  '$0\r\n\r\n',
  '$-1\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*2\r\n$3\r\nGET\r\n*2\r\n:1\r\n$-1\r\n',
  '_\r\n',
  '#t\r\n',
  ',1.5\r\n',
  '(3492890328409238509324850943850943825024385\r\n',
  '=7\r\ntxt:abc\r\n',
  '!5\r\nERR x\r\n',
  '%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n',
  '~1\r\n+x\r\n',
  '>3\r\n+message\r\n+channel\r\n$2\r\nhi\r\n',
  '|1\r\n+ttl\r\n:3\r\n$2\r\nhi\r\n',
]

describe('a message of the Redis protocol', () => {
  it.each(MESSAGES)('%j ends where it ends, and not before', (text) => {
    const bytes = Buffer.from(text)

    for (let length = 0; length < bytes.length; length++) {
      expect(endOfMessage(bytes.subarray(0, length))).toBe(-1)
    }
    expect(endOfMessage(bytes)).toBe(bytes.length)
    expect(endOfMessage(Buffer.from(`${text}+OK\r\n`))).toBe(bytes.length)
  })

  it('keeps its bytes, with the next one behind it', () => {
    const all = Buffer.from(MESSAGES.join(''))

    const { messages, rest } = splitMessages(Buffer.concat([all, Buffer.from('$5\r\nhal')]))

    expect(messages.map(String)).toEqual(MESSAGES)
    expect(String(rest)).toBe('$5\r\nhal')
    expect(messages.filter(isPush).length).toBe(1)
    expect(nameOf(Buffer.from('*2\r\n$7\r\nEVALSHA\r\n$1\r\nx\r\n'))).toBe('evalsha')
  })

  it('that is none is not taken for one', () => {
    expect(() => endOfMessage(Buffer.from('HTTP/1.1 400\r\n'))).toThrow('no RESP')
    expect(() => endOfMessage(Buffer.from('$x\r\n'))).toThrow('no RESP')
  })
})

/** Answers every command with its own words as a text. */
async function setUp(judge: (command: string) => Mishap | undefined) {
  const server = createServer((socket) => {
    let bytes: Buffer = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      const { messages, rest } = splitMessages(Buffer.concat([bytes, chunk]))
      bytes = rest
      for (const message of messages) socket.write(`>1\r\n+push\r\n+${nameOf(message)}\r\n`)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const middleman = await startRespMiddleman({ host: '127.0.0.1', port })
  middleman.judge = ({ command }) => judge(command)
  const clients: ReturnType<typeof connect>[] = []
  return {
    middleman,
    /** Sends the commands together; `enough` replies, or the end, and these came. */
    async ask(commands: string[], enough = commands.length): Promise<string[]> {
      const client = connect(middleman.port, '127.0.0.1')
      clients.push(client)
      let text = ''
      const done = Promise.withResolvers<void>()
      client.on('data', (chunk) => {
        text += chunk
        if (text.replaceAll('>1\r\n+push\r\n', '').split('\r\n').length > enough) done.resolve()
      })
      client.on('close', () => done.resolve())
      client.write(commands.map((name) => `*1\r\n$${name.length}\r\n${name}\r\n`).join(''))
      await done.promise
      return text.replaceAll('>1\r\n+push\r\n', '').split('\r\n').filter(Boolean)
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy()
      await middleman[Symbol.asyncDispose]()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

describe('the man in the middle', () => {
  it('passes on what it is not to spoil, in order, pushes between replies included', async () => {
    await using it = await setUp(() => undefined)

    expect(await it.ask(['a', 'b', 'c'])).toEqual(['+a', '+b', '+c'])
    expect(Object.values(it.middleman.injected)).toEqual([0, 0, 0, 0, 0])
    expect(it.middleman.connections).toBe(1)
  })

  it.each([
    [{ kind: 'drop' }, ['+a', '+c']],
    [{ kind: 'duplicate' }, ['+a', '+b', '+b', '+c']],
    [{ kind: 'swap' }, ['+a', '+c', '+b']],
    [{ kind: 'delay', ms: 30 }, ['+a', '+b', '+c']],
    [{ kind: 'cut', bytes: 1 }, ['+a', '+']],
  ] as ReadonlyArray<[Mishap, string[]]>)('can do %j to a reply', async (mishap, expected) => {
    await using it = await setUp((command) => (command === 'b' ? mishap : undefined))

    const since = performance.now()
    expect(await it.ask(['a', 'b', 'c'], expected.length)).toEqual(expected)

    expect(performance.now() - since).toBeGreaterThan(mishap.kind === 'delay' ? 25 : 0)
    expect(it.middleman.injected).toMatchObject({ [mishap.kind]: 1 })
  })

  it('can cut a reply off at each of its bytes', async () => {
    let bytes = 0
    await using it = await setUp(() => ({ kind: 'cut', bytes }))

    for (const whole = '+reply\r\n'; bytes < whole.length; bytes++) {
      expect((await it.ask(['reply'], 99)).join('').trim()).toBe(whole.slice(0, bytes).trim())
    }
  })

  it('can give two connections each the reply of the other', async () => {
    await using it = await setUp(() => ({ kind: 'swap' }))

    expect(await Promise.all([it.ask(['a']), it.ask(['b'])])).toEqual([['+b'], ['+a']])
    expect(it.middleman.injected.swap).toBe(1)
  })

  it('lets go of a reply that finds none to be swapped with', async () => {
    await using it = await setUp(() => ({ kind: 'swap' }))

    expect(await it.ask(['a'])).toEqual(['+a'])
    expect(it.middleman.injected.swap).toBe(0)
  })
})
