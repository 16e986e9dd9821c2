import { describe, expect, it } from 'vitest'
import { printConfig } from '../../../src/config/print.ts'
import { accepted, KEY, refused, THREE } from './loading.ts'

const own = 'upstream: http://localhost:8000\n'
const personas = 'personas: { alice: { password: pw } }'
const bench = `${own}qa: { ${personas} }\n`
const outside = `publicOrigin: https://app.example.org\ncookie: { keys: ${KEY} }\n`

describe('personas', () => {
  it('sign in at the only provider, by their own name, in colours of their own', async () => {
    const { qa } = await accepted(
      `${own}qa:
  personas:
    alice: { password: "\${ALICE_PW}", colour: pink }
    bob: { username: robert, password: pw, fields: { tenant: north } }
`,
      { env: { ALICE_PW: 'secret of alice' } },
    )

    expect(qa?.personas).toMatchObject([
      { name: 'alice', provider: 'main', username: 'alice', colour: 'pink' },
      { name: 'bob', provider: 'main', username: 'robert', colour: 'green' },
    ])
    expect(qa?.personas.map(({ fields }) => JSON.parse(fields.reveal()))).toEqual([
      { username: 'alice', password: 'secret of alice' },
      { username: 'robert', password: 'pw', tenant: 'north' },
    ])
  })

  it('send what the sign-in form of their provider sends', async () => {
    const { qa } = await accepted(`
providers:
  main:
    kind: password
    signIn: { url: http://localhost:8000/login, account: email, fields: { user: email, pass: passphrase } }
qa: { ${personas} }
`)

    expect(JSON.parse(qa?.personas[0]?.fields.reveal() ?? '')).toEqual({
      email: 'alice',
      passphrase: 'pw',
    })
  })

  it('show no password where the configuration is printed', async () => {
    const config = await accepted(
      `${own}qa: { personas: { alice: { password: hidden-one } }, token: hidden-two-hidden }\n`,
    )

    const printed = printConfig(config)

    expect(printed).toContain('alice')
    expect(printed).not.toContain('hidden')
  })

  it.each([
    ['{ Alice: { password: pw } }', 'qa.personas.Alice: must have small letters'],
    ['{ al_ice: { password: pw } }', 'qa.personas.al_ice: must have small letters'],
    ['{ alice: {} }', 'qa.personas.alice.password: is missing'],
    [
      '{ alice: { password: pw, provider: mian } }',
      'names no provider: choose from main (did you mean main)',
    ],
    ['{ alice: { password: pw, colour: violett } }', '(did you mean violet)'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: filled in by the configuration
    ['{ alice: { password: "${NOBODY}" } }', 'NOBODY'],
  ])('are refused with the mend: %s', async (written, message) => {
    const problems = await refused(`${own}qa: { personas: ${written} }\n`)

    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(message)
  })
})

describe('the bench', () => {
  it('is off unless it is written', async () => {
    expect((await accepted(own)).qa).toBeUndefined()
  })

  it('is on where it is written, and the summary warns of it', async () => {
    const { qa, warnings } = await accepted(bench)

    expect(qa).toMatchObject({ token: undefined })
    expect(warnings).toEqual([expect.stringContaining('whoever reaches /qa can be alice')])
  })

  it('is refused with an https origin, unless that is allowed', async () => {
    const qa = (more: string) =>
      `${own}${outside}qa: { ${personas}, token: sixteen-or-longer${more} }\n`

    expect(await refused(qa(''))).toEqual([
      expect.stringContaining('qa: is refused with an https publicOrigin'),
    ])
    expect((await accepted(qa(', allow: true'))).warnings).toEqual([
      expect.stringContaining('whoever reaches /qa can be alice'),
    ])
  })

  it('is refused with NODE_ENV=production, unless that is allowed', async () => {
    const env = { NODE_ENV: 'production', COATCHECK_PUBLIC_ORIGIN: 'http://localhost:3000' }
    const qa = (more: string) => `${own}qa: { ${personas}${more} }\n`

    expect(await refused(qa(''), { env })).toEqual([
      expect.stringContaining('qa: is refused with NODE_ENV=production'),
    ])
    expect((await accepted(qa(', allow: true'), { env })).qa).toBeDefined()
  })

  it.each([
    ['listens elsewhere', 'publicOrigin: http://localhost:3000\nlisten: { host: 0.0.0.0 }\n'],
    ['is seen elsewhere', 'publicOrigin: http://test.example\ninsecureHttp: true\n'],
  ])('needs a token where the gateway %s', async (_, place) => {
    const written = `${own}${place}cookie: { keys: ${KEY} }\n`

    expect(await refused(`${written}qa: { ${personas} }\n`)).toEqual([
      expect.stringContaining('qa.token: is missing: off loopback'),
    ])
    const { qa } = await accepted(`${written}qa: { ${personas}, token: sixteen-or-longer }\n`)
    expect(qa?.token?.reveal()).toBe('sixteen-or-longer')
  })

  it('needs a token behind a proxy, who asks for anybody', async () => {
    expect(await refused(`${bench}trustProxy: 1\n`)).toEqual([
      expect.stringContaining('qa.token: is missing: behind a proxy (trustProxy)'),
    ])
    await accepted(`${bench.replace('qa: {', 'qa: { token: sixteen-or-longer,')}trustProxy: 1\n`)
  })

  it('is refused with several processes, whose sessions it could not all know', async () => {
    expect(await refused(`${bench}workers: 2\n`)).toEqual([
      expect.stringContaining('keeps the tickets of its sessions in one process: write workers: 1'),
    ])
  })

  it('cannot be switched on by a variable that is misspelt', async () => {
    const problems = await refused(undefined, { env: { ...THREE, COATCHECK__QA__TOKN: 'x' } })

    expect(problems).toEqual([expect.stringContaining('did you mean qa.token')])
  })
})
