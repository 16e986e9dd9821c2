// A provider as strict as they come: a refresh token is good for one grant, and every issue is remembered with its owner.
import type { FreshTokens, Provider } from '../../src/tokens/provider.ts'
import type { IssuedTokens } from '../../src/tokens/token-set.ts'
import type { Mail } from './message.ts'

export interface Issue {
  readonly owner: string
  /** Which sign-in it goes back to. */
  readonly line: string
  /** 1 for a sign-in's own tokens; every grant is one higher. */
  readonly generation: number
  readonly issuedAt: number
  readonly expiresAt: number
}

export interface ModelProvider {
  signIn(owner: string): IssuedTokens
  /** Whose an access token is; `undefined` for what was never issued. */
  issueOf(access: string): Issue | undefined
  /** How often each refresh token was presented. */
  readonly grants: ReadonlyMap<string, number>
  /** The provider as one process sees it; `granting` is told which lines it asks for. */
  connect(mail: Mail, granting: Set<string>): Provider
  /** A grant was given up by whoever asked for it. */
  onTimeOut(listener: (line: string) => void): void
  describe(): string
}

export interface ModelProviderOptions {
  readonly now: () => number
  readonly name: string
  readonly accessMs: number
  readonly aheadMs: number
}

export function createModelProvider(options: ModelProviderOptions): ModelProvider {
  const { now, name, accessMs, aheadMs } = options
  const issues = new Map<string, Issue>()
  const grants = new Map<string, number>()
  const spent = new Set<string>()
  const stolen = new Set<string>()
  let lines = 0
  let timedOut = (_line: string): void => undefined

  function issue(owner: string, line: string, generation: number): IssuedTokens {
    const expiresAt = now() + accessMs
    const access = `${line} access ${generation}`
    issues.set(access, { owner, line, generation, issuedAt: now(), expiresAt })
    return {
      access,
      accessExpiresAt: expiresAt,
      refresh: `${line} refresh ${generation}`,
      issuedAt: now(),
      sub: owner,
    }
  }

  function grant(refresh: string): FreshTokens {
    grants.set(refresh, (grants.get(refresh) ?? 0) + 1)
    const old = issues.get(refresh.replace('refresh', 'access'))
    // Used twice, it must have been stolen: nothing that goes back to the same sign-in is renewed any more.
    if (old && spent.has(refresh)) stolen.add(old.line)
    if (!old || stolen.has(old.line)) return { kind: 'refused' }
    spent.add(refresh)
    const tokens = issue(old.owner, old.line, old.generation + 1)
    return { kind: 'fresh', tokens, sub: old.owner }
  }

  return {
    signIn: (owner) => issue(owner, `${name} ${owner} ${lines++}`, 1),
    issueOf: (access) => issues.get(access),
    grants,
    connect: (mail, granting) => ({
      name,
      kind: 'password',
      credential: ({ access }) => ['authorization', `Bearer ${access}`],
      refreshAheadMs: () => aheadMs,
      refresh({ refresh = '' }, signal) {
        const { promise: aborted, reject } = Promise.withResolvers<never>()
        const line = refresh.replace(/ refresh .*/, '')
        granting.add(line)
        const answer = mail.send(`grant ${refresh}`, async () => grant(refresh), true)
        signal.addEventListener('abort', () => {
          timedOut(line)
          reject(signal.reason)
        })
        return Promise.race([answer, aborted])
      },
      // It cannot be reached for this, and nobody may notice.
      revoke: () => Promise.reject(new Error('the provider is away')),
    }),
    onTimeOut(listener) {
      timedOut = listener
    },
    describe: () => [[...issues.keys()], [...grants], [...stolen]].join(' '),
  }
}
