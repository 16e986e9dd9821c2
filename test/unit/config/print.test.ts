import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { printConfig } from '../../../src/config/print.ts'
import { accepted, KEY, openDirectory, yamlWith } from './loading.ts'

const provider = `tokens: { access: { header: X-Token }, refresh: [/r, { cookie: rt }] }
refresh: { url: http://localhost:5000/token, json: { token: "{refresh}" } }
revoke: { url: http://localhost:5000/logout }
identity: { url: http://localhost:5000/user, sub: /id }
send: "Token {access}"`

describe('the effective configuration', () => {
  it('says the same again when it is loaded', async () => {
    const env = { COATCHECK_KEYS: KEY }
    const yamls = [
      'upstream: http://localhost:1\nlog: { level: warn }',
      'routes: [{ path: /a, upstream: http://localhost:1/b/, auth: public }]\noperators: false',
      yamlWith({
        top: 'claims: [email]\nsession: { idle: 90s, lifetime: 36h }\nstore: { kind: memory }',
        provider,
        signIn: 'also: /x, fields: { a: b }, format: form',
        route: 'bodyLimit: 65536B, cookies: [a], cache: private, timeouts: { idle: 1500ms }',
      }),
    ]
    for (const yaml of yamls) {
      await using directory = await openDirectory({ 'coatcheck.yaml': yaml })
      const first = await directory.load({ env })
      const printed = first.ok ? printConfig(first.config) : ''
      await writeFile(join(directory.path, 'coatcheck.yaml'), printed)

      const second = await directory.load({ env })

      expect(first.ok).toBe(true)
      expect(second).toEqual(first)
    }
  })

  it('masks every secret', async () => {
    const config = await accepted(
      yamlWith({
        top: 'operators: { token: canary-canary-canary }\ncookie: { secret: canary-canary-canary-canary-canary }',
        signIn: 'alsoSend: { client_secret: canary }',
        provider: `refresh: { url: "http://localhost:5000/t?key=canary", form: { s: canary, r: "{refresh}" } }`,
      }),
      { env: { COATCHECK_KEYS: KEY } },
    )

    const printed = printConfig(config)

    expect(printed).not.toContain('canary')
    expect(printed).not.toContain(KEY)
    expect(printed.match(/\[secret\]/g)).toHaveLength(6)
    expect(printed).toContain('r: "{refresh}"')
  })
})
