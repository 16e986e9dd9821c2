// The leak finder before services whose sign-in wants a token against CSRF, as most that serve pages do.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runLeaks } from '../../src/qa/leaks/run-leaks.ts'
import { openFolder } from '../support/folder.ts'
import { targetFrom } from '../support/leaks.ts'
import { runIn } from '../support/program.ts'
import { runScript } from '../support/script.ts'
import { type Manner, startTokenService, tokenPassword } from '../support/token-service.ts'

const PEOPLE = ['alice', 'bob']
const PASSWORDS = Object.fromEntries(
  PEOPLE.map((name) => [`${name.toUpperCase()}_PASSWORD`, tokenPassword(name)]),
)

/** How each is signed in and out. */
const ACTIONS: Readonly<Record<Manner, string>> = {
  rails: `
signIn: { page: /login, post: /login, form: { username: "{name}", password: "{password}", authenticity_token: "{page:authenticity_token}" } }
signOut: { page: /, post: /logout, form: { authenticity_token: "{page:authenticity_token}" } }`,
  django: `
signIn: { page: /login, post: /login, form: { username: "{name}", password: "{password}", csrfmiddlewaretoken: "{page:csrfmiddlewaretoken}" } }`,
  laravel: `
signIn: { page: /login, post: /login, form: { username: "{name}", password: "{password}" }, headers: { X-XSRF-TOKEN: "{cookie:XSRF-TOKEN}" } }
signOut: { post: /logout, headers: { X-XSRF-TOKEN: "{cookie:XSRF-TOKEN}" } }`,
  meta: `
signIn: { page: /login, post: /login, form: { username: "{name}", password: "{password}" }, headers: { X-CSRF-TOKEN: "{page:csrf-token}" } }`,
  json: `
signIn: { page: /login, post: /login, json: { username: "{name}", password: "{password}", token: "{page:/csrf/token}" } }`,
}

const MANNERS = Object.keys(ACTIONS) as Manner[]

function targetAt(url: string, manner: Manner): Promise<Awaited<ReturnType<typeof targetFrom>>> {
  return targetFrom(`
target: ${url}
${ACTIONS[manner]}
whoami: { get: /, owner: { text: "Hello, (\\\\w+)" } }
users: [${PEOPLE.map((name) => `{ name: ${name}, password: "${tokenPassword(name)}" }`).join(', ')}]
requests: 4
`)
}

describe.each(MANNERS)('a sign-in in the manner of %s', (manner) => {
  it('is found clean where it is', async () => {
    await using service = await startTokenService(manner)

    const { verdict } = await runLeaks({ target: await targetAt(service.url, manner) })

    expect(verdict.sentence).toMatch(/^CLEAN/)
    expect(service.refusals()).toBe(0)
  })

  it('shows its leak, in a script for curl too, and no token in any report', async () => {
    await using service = await startTokenService(manner, { bug: 'shared-jar' })

    const run = await runLeaks({ target: await targetAt(service.url, manner) })
    const script = run.verdict.history?.curl ?? ''
    const printed = await runScript(script, PASSWORDS)

    expect(run.verdict).toMatchObject({ outcome: 'leak', bug: 'shared-jar' })
    expect(printed).toMatch(/^(\w+): .*Hello, (?!\1)\w+/i)
    expect(service.refusals()).toBe(0)
    const report = JSON.stringify(run)
    const told = [...service.tokens].filter((token) => report.includes(token))
    expect(service.tokens.size).toBeGreaterThan(10)
    expect(told).toEqual([])
  })
})

describe('the two commands alone suffice for', () => {
  it.each(MANNERS.filter((manner) => manner !== 'json'))('%s', async (manner) => {
    await using sound = await startTokenService(manner)
    await using broken = await startTokenService(manner, { bug: 'shared-jar' })
    await using folder = await openFolder()
    const cli = (...args: string[]) => runIn({ cwd: folder.path, env: PASSWORDS }, 'qa', ...args)

    const init = await cli('init', sound.url)
    const clean = await cli('leaks')
    const yaml = await readFile(join(folder.path, 'target.yaml'), 'utf8')
    await writeFile(join(folder.path, 'broken.yaml'), yaml.replace(sound.url, broken.url))
    const leak = await cli('leaks', 'broken.yaml')

    expect(init.stdout).toBe(
      'Wrote target.yaml. Fill in whoami and users, then: coatcheck qa leaks target.yaml\n',
    )
    expect(yaml).toContain(
      `\n${ACTIONS[manner].trim().split('\n')[0]}\n`.replace('form: {', 'form: { realm: "staff",'),
    )
    expect(clean).toMatchObject({ code: 0, stderr: '' })
    expect(clean.stdout).toMatch(/^\nCLEAN/)
    expect(leak.code).toBe(1)
    expect(leak.stdout).toMatch(/^\nLEAK: .*\nShared jar: the last sign-in wins\.\n/)
  })
})

it('says that a page from a cache has a token that was refused', async () => {
  await using service = await startTokenService('rails', { bug: 'cached-page' })

  const { verdict } = await runLeaks({ target: await targetAt(service.url, 'rails') })

  expect(verdict.sentence).toBe(
    'COULD NOT JUDGE: the sign-in POST /login answered 403 for bob: it refused the CSRF token that the page GET /login had; correct where signIn sends it, or see whether that page comes from a cache.',
  )
})
