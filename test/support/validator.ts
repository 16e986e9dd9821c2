// Somebody else's checker of links, which does what a test says, and the configuration that asks it.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ConfirmProviderConfig } from '../../src/config/config.ts'
import { Secret } from '../../src/lib/secret.ts'
import { writeSignature } from '../../src/pending/signature.ts'
import { type Json, send } from './http.ts'
import { passwordProvider } from './password-provider.ts'
import type { TestUpstream } from './upstream.ts'

export const COMPLETION_SECRET = 'a-completion-secret-for-tests'

export interface Question {
  readonly token: string
  /** The attempt's. */
  readonly id: string
  readonly headers: IncomingHttpHeaders
  readonly body: Json
  answer(status: number, body?: object, headers?: Record<string, string>): void
  /** The connection breaks. */
  hangUp(): void
}

export interface TestValidator extends AsyncDisposable {
  readonly url: string
  readonly questions: readonly Question[]
  /** The question of this number, from 0, that has come or will. */
  question(number: number): Promise<Question>
  /** From here on every question is answered so; undefined: each waits for its test. */
  always: ((question: Question) => void) | undefined
}

export async function startValidator(): Promise<TestValidator> {
  const questions: Question[] = []
  const waiting = new Set<() => void>()
  const server = createServer(async (incoming, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = JSON.parse(Buffer.concat(chunks).toString())
    const question: Question = {
      token: body.token,
      id: String(incoming.headers['coatcheck-pending']),
      headers: incoming.headers,
      body,
      answer(status, said = {}, headers = {}) {
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        response.end(JSON.stringify(said))
      },
      hangUp: () => response.destroy(),
    }
    questions.push(question)
    for (const look of [...waiting]) look()
    validator.always?.(question)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const validator: TestValidator = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/confirm`,
    questions,
    always: undefined,
    question(number) {
      const { promise, resolve } = Promise.withResolvers<Question>()
      const look = () => {
        const one = questions[number]
        if (!one) return
        waiting.delete(look)
        resolve(one)
      }
      waiting.add(look)
      look()
      return promise
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
  return validator
}

export function confirmProvider(
  url: string,
  home: string,
  changes: Partial<ConfirmProviderConfig> = {},
): ConfirmProviderConfig {
  return {
    kind: 'confirm',
    name: 'invite',
    validate: { url: new URL(url), body: { token: '{token}' }, format: 'json' },
    valid: '/ok',
    issuer: passwordProvider(home),
    withinMs: 120_000,
    timeoutMs: 30_000,
    secret: new Secret(COMPLETION_SECRET),
    confirm: 'click',
    account: undefined,
    push: undefined,
    ...changes,
  }
}

/** What a validator says of a link that is this person's: real tokens of the upstream. */
export async function goodFor(upstream: TestUpstream, username: string): Promise<object> {
  const answer = await send(upstream.url, '/login', {
    method: 'POST',
    json: { username, password: 'secret' },
  })
  return { ok: true, ...answer.json() }
}

/** Body and header of a completion that comes later. `at`: epoch ms. */
export function signed(body: object, at: number, secret = COMPLETION_SECRET) {
  const text = JSON.stringify(body)
  return {
    body: text,
    headers: {
      'content-type': 'application/json',
      'coatcheck-signature': writeSignature(Buffer.from(text), secret, at),
    },
  }
}
