// Providers of kind confirm in a configuration.
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { printConfig } from '../../../src/config/print.ts'
import { accepted, refused, yamlWith } from './loading.ts'

const INVITE = `  invite: { kind: confirm, validate: { url: "\${API}/confirm", body: { token: "{token}" } }, valid: /ok, tokens: { access: /access_token }, within: 2m, secret: "\${COMPLETION_SECRET}" }`
const env = { API: 'http://localhost:5000', COMPLETION_SECRET: 'sixteen-or-more-characters' }

function withInvite(more: string, invite = INVITE): string {
  return `${more}\n${invite}\n`
}

const WHOLE = `routes: [{ prefix: /api, upstream: http://localhost:5000, provider: mentorship }]
providers:
  mentorship: { kind: password, signIn: { url: http://localhost:5000/login }, refresh: { url: http://localhost:5000/refresh } }`

describe('a provider of kind confirm', () => {
  it('is read as the documents write it', async () => {
    const config = await accepted(withInvite(WHOLE), { env })

    expect(config.confirm).toMatchObject([
      {
        kind: 'confirm',
        name: 'invite',
        validate: { body: { token: '{token}' }, format: 'json' },
        valid: '/ok',
        withinMs: 120_000,
        timeoutMs: 30_000,
        confirm: 'click',
        issuer: { name: 'invite', tokens: { access: [{ pointer: '/access_token' }] } },
      },
    ])
    expect(config.confirm?.[0]?.validate.url.href).toBe('http://localhost:5000/confirm')
    expect(config.confirm?.[0]?.secret?.reveal()).toBe('sixteen-or-more-characters')
    expect(config.providers.map(({ name }) => name)).toEqual(['mentorship'])
  })

  it('may hand out the tokens of another, which its routes then take', async () => {
    const config = await accepted(
      withInvite(
        WHOLE.replace(', provider: mentorship', ''),
        INVITE.replace('kind: confirm', 'kind: confirm, for: mentorship'),
      ),
      { env },
    )

    expect(config.routes[0]?.provider).toBe('mentorship')
    expect(config.confirm?.[0]?.issuer).toMatchObject({
      name: 'mentorship',
      refresh: { authorize: { bearer: 'refresh' } },
      tokens: { access: [{ pointer: '/access_token' }] },
    })
  })

  it('stands beside the short form', async () => {
    const config = await accepted(
      `upstream: http://localhost:5000\nsignIn: /login\nproviders:\n${INVITE.replace('kind: confirm', 'kind: confirm, for: main')}`,
      { env },
    )

    expect(config.providers.map(({ name }) => name)).toEqual(['main'])
    expect(config.routes[0]?.provider).toBe('main')
  })

  it('is printed without its secrets, and read back as the same', async () => {
    const push = 'push: { pusher: { appId: "1", key: k, secret: a-secret-of-pusher, cluster: eu } }'
    const config = await accepted(withInvite(WHOLE, INVITE.replace('valid:', `${push}, valid:`)), {
      env,
    })

    const printed = printConfig(config)

    expect(printed).not.toMatch(/sixteen-or-more|a-secret-of-pusher/)
    expect(printed).toMatch(/kind: confirm/)
  })

  it.each([
    [
      'validate',
      'providers: { invite: { kind: confirm } }',
      /providers\.invite\.validate: is missing/,
    ],
    [
      'a token in the body',
      'providers: { invite: { kind: confirm, validate: { url: http://localhost:1/c, body: { a: b } } } }',
      /body: must hold \{token\}/,
    ],
    [
      'another to borrow from',
      'providers: { invite: { kind: confirm, for: man, validate: { url: http://localhost:1/c } } }',
      /invite\.for: names no provider/,
    ],
    [
      'one place for Pusher',
      'providers: { invite: { kind: confirm, validate: { url: http://localhost:1/c }, push: { pusher: { appId: a, key: k, secret: s } } } }',
      /must have cluster or host/,
    ],
    [
      'no sign-in of a password',
      'providers: { invite: { kind: confirm, validate: { url: http://localhost:1/c }, signIn: { url: http://localhost:1/l } } }',
      /signIn: goes with kind: password/,
    ],
    [
      'a long secret',
      'providers: { invite: { kind: confirm, validate: { url: http://localhost:1/c }, secret: short } }',
      /must have at least 16 characters/,
    ],
  ])('needs %s', async (_, yaml, said) => {
    expect((await refused(`upstream: http://localhost:5000\n${yaml}`)).join('\n')).toMatch(said)
  })

  it('is set up as docs/pending-sign-in.md says', async () => {
    const page = await readFile(
      new URL('../../../docs/pending-sign-in.md', import.meta.url),
      'utf8',
    )
    const [whole = '', push = ''] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(
      ([, yaml = '']) => yaml,
    )

    const config = await accepted(whole + push, { env: { ...env, PUSHER_SECRET: 'secret' } })

    expect(config.confirm).toMatchObject([
      { name: 'invite', issuer: { name: 'mentorship' }, push: { cluster: 'eu' } },
    ])
  })

  it('keeps its settings to itself', async () => {
    const problems = await refused(yamlWith({ provider: 'within: 2m' }))

    expect(problems.join()).toMatch(/providers\.mentorship\.within: goes with kind: confirm/)
  })
})
