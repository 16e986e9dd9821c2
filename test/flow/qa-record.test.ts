// `coatcheck qa record`: the gateway with its traffic written down, by the command and by the configuration.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { RecordingWriter } from '../../src/qa/record/writer.ts'
import { startCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { harProblems } from '../support/har.ts'
import { startUpstream } from '../support/upstream.ts'

// Some start the command, which takes its time where the machine is busy.
vi.setConfig({ testTimeout: 60_000 })

describe('coatcheck qa record', () => {
  it('records until it is stopped, for its owner alone', async () => {
    await using folder = await openFolder()
    await using upstream = await startUpstream()
    const port = String(await freePort())
    const args = ['qa', 'record', 'a.har', '--upstream', upstream.url, '--port', port]
    await using gateway = await startCommand(args, {
      cwd: folder.path,
      env: { COATCHECK__OPERATORS: 'false' },
    })
    const alice = await gateway.signIn('alice')
    await alice.get('/api/user')

    gateway.kill('SIGTERM')
    const { code } = await gateway.ended

    const file = join(folder.path, 'a.har')
    expect(code).toBe(0)
    expect(gateway.stdout).toContain(`Recording to ${file}`)
    const text = await readFile(file, 'utf8')
    expect(harProblems(text)).toEqual([])
    expect(JSON.parse(text).log.entries).toHaveLength(2)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('leaves a recording that can be read when it is killed', async () => {
    await using folder = await openFolder()
    await using upstream = await startUpstream()
    const port = String(await freePort())
    const args = ['qa', 'record', 'a.har', '--upstream', upstream.url, '--port', port]
    await using gateway = await startCommand(args, {
      cwd: folder.path,
      env: { COATCHECK__OPERATORS: 'false' },
    })
    const alice = await gateway.signIn('alice')
    const file = join(folder.path, 'a.har')
    await expect
      .poll(async () => {
        await alice.get('/api/user')
        return (await readFile(file, 'utf8')).split('\n').length
      })
      .toBeGreaterThan(3)

    gateway.kill('SIGKILL')
    await gateway.ended

    const { readRecording } = await import('../../src/qa/replay/recording.ts')
    const calls: unknown[] = []
    for await (const call of readRecording(file)) calls.push(call)
    expect(calls.length).toBeGreaterThan(2)
    expect(calls.at(-1)).toEqual({ cut: true })
  })

  it.each([
    [['a.har', '--body', 'big'], {}, /^--body takes a size with its unit/],
    [
      ['none/a.har', '--upstream', 'http://127.0.0.1:1'],
      {},
      /^none\/a\.har cannot be written: the folder none does not exist/,
    ],
    [
      ['a.har', '--upstream', 'http://127.0.0.1:1'],
      {
        COATCHECK_PUBLIC_ORIGIN: 'https://app.example.org',
        COATCHECK_KEYS: Buffer.alloc(32, 1).toString('base64url'),
      },
      /^Recording is refused with an https publicOrigin: /,
    ],
  ])('refuses %j in one sentence', async (args, env, sentence) => {
    await using folder = await openFolder()
    const told = { code: 0, stderr: '' }
    const io = {
      env,
      cwd: folder.path,
      isTty: false,
      stdout: () => undefined,
      stderr(text: string) {
        told.stderr += text
      },
      exit(code: number) {
        told.code = code
      },
    }
    await runProgram(['qa', 'record', ...args], io, { stack: false })

    expect(told.stderr).toMatch(sentence)
    expect(told.code).toBe(2)
  })
})

describe('a recording', () => {
  it('takes nothing that was not redacted, by its type', () => {
    const write = (writer: RecordingWriter, text: string) => {
      // @ts-expect-error any text at all is not a redacted line
      writer.write(text)
    }
    expect(write).toBeTypeOf('function')
  })
})

describe('the configuration', () => {
  const load = async (yaml: string) => {
    const folder = await openFolder({ 'coatcheck.yaml': yaml })
    const loaded = await loadConfig({
      env: {},
      cwd: folder.path,
      random: (size) => Buffer.alloc(size, 1),
      createKeys: false,
    })
    await folder[Symbol.asyncDispose]()
    if (loaded.ok) return loaded.config
    return loaded.problems.map(({ path, message }) => `${path}: ${message}`)
  }
  const head = `cookie: { keys: ${Buffer.alloc(32, 1).toString('base64url')} }\nupstream: http://127.0.0.1:1\n`

  it('says where to record, and how much', async () => {
    const qa =
      'qa: { personas: { alice: { password: x } }, record: { file: a.har, body: 4KiB, redact: [iban] } }'
    expect(await load(head + qa)).toMatchObject({
      qa: { record: { bodyBytes: 4096, mostBytes: 2 ** 30, redact: ['iban'] } },
    })
    const short = 'qa: { personas: { alice: { password: x } }, record: a.har }'
    expect(await load(head + short)).toMatchObject({ qa: { record: { bodyBytes: 16_384 } } })
  })

  it('names an owner of answers, and every mistake in that', async () => {
    const route = (owner: string) =>
      `${head.replace(/upstream.*/, '')}claims: [email]\nproviders: { main: { kind: password, signIn: { url: "http://127.0.0.1:1/login" } } }\nroutes: [{ prefix: /api, upstream: "http://127.0.0.1:1", owner: ${owner} }]\n`
    const ownerOf = async (owner: string) => {
      const loaded = await load(route(owner))
      return Array.isArray(loaded)
        ? loaded.join('\n')
        : 'routes' in loaded
          ? loaded.routes[0]?.owner
          : loaded
    }
    expect(await ownerOf('{ header: X-User-Id }')).toEqual({
      header: 'x-user-id',
      is: 'sub',
      on: 'refuse',
    })
    expect(await ownerOf('{ field: /me, is: email, on: observe }')).toEqual({
      field: '/me',
      is: 'email',
      on: 'observe',
    })
    expect(await ownerOf('{ is: sub }')).toContain('must have header or field')
    expect(await ownerOf('{ header: A, field: /b }')).toContain('header or field, not both')
    expect(await ownerOf('{ header: A, is: phone }')).toContain(
      'must be sub, name or one of claims',
    )
    expect(await ownerOf('{ field: me }')).toContain('JSON Pointer')
  })
})
