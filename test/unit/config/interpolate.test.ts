import { describe, expect, it } from 'vitest'
import { accepted, KEY, refused, yamlWith } from './loading.ts'

describe('filling in', () => {
  it('fills in variables, their defaults, and leaves the escaped form alone', async () => {
    const config = await accepted(
      `upstream: \${SCHEME:-http}://\${HOST}:\${PORT_UP:-5000}\${BASE:-}
listen: { port: "\${OUR_PORT:-3100}" }
log: { access: "\${ACCESS:-false}" }
claims: ["a$\${b}"]`,
      { env: { HOST: 'localhost' } },
    )

    expect(config.routes[0]?.upstream.href).toBe('http://localhost:5000/')
    expect(config.listen.port).toBe(3100)
    expect(config.log.access).toBe(false)
    expect(config.claims).toEqual([`a\${b}`])
  })

  it('refuses a variable that is not set, at its place', async () => {
    expect(await refused(`upstream: http://localhost:1\nclaims: [a, "\${NOPE}"]`)).toEqual([
      `coatcheck.yaml:2:13 claims[1]: the variable NOPE is not set (or write \${NOPE:-default})`,
    ])
  })

  it.each(['{', '{}', '{A B}', '{1}', '{A:-', '{A-b}'])('refuses $%s', async (text) => {
    const problems = await refused(`upstream: http://localhost:1\nclaims: ['$${text}']`)

    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^coatcheck\.yaml:2:10 claims\[0\]: write \$\{NAME\}/)
  })

  it('fills in nothing that came from a variable itself', async () => {
    const problems = await refused('session: { idle: 1h }\nupstream: http://localhost:1', {
      env: { COATCHECK__CLAIMS: `\${HOME}`, HOME: 'canary' },
    })

    expect(problems).toEqual([])
  })

  it('does not ask for a variable whose place is taken by a later source', async () => {
    const config = await accepted(`upstream: "\${MISSING}"`, {
      env: { COATCHECK_UPSTREAM: 'http://localhost:7' },
    })

    expect(config.routes[0]?.upstream.port).toBe('7')
  })

  it('reads { file: … } relative to the configuration file', async () => {
    const config = await accepted(
      'upstream: http://localhost:1\ncookie: { keys: { file: my.keys } }',
      {
        files: { 'my.keys': `${KEY}\n` },
      },
    )

    expect(config.cookie.keys).toHaveLength(1)
  })

  it('reads a file that a variable names, relative to the working directory', async () => {
    const config = await accepted('upstream: http://localhost:1', {
      env: { COATCHECK__COOKIE__KEYS__FILE: 'my.keys' },
      files: { 'my.keys': KEY },
    })

    expect(config.cookie.keys).toHaveLength(1)
  })

  it('tells why a file cannot be read, without its name', async () => {
    expect(
      await refused('upstream: http://localhost:1\ncookie: { keys: { file: "canary" } }'),
    ).toEqual(['coatcheck.yaml:2:25 cookie.keys.file: cannot be read: there is no such file'])
    expect(await refused('upstream: http://localhost:1\ncookie: { keys: { file: . } }')).toEqual([
      'coatcheck.yaml:2:25 cookie.keys.file: cannot be read: it is not a file',
    ])
  })

  it('takes file for a field where fields are named freely', async () => {
    const config = await accepted(yamlWith({ signIn: 'alsoSend: { file: web }' }))

    expect(config.providers[0]?.signIn.alsoSend).toEqual({ file: 'web' })
  })

  it('takes an empty mapping for an absent one', async () => {
    const config = await accepted('upstream: http://localhost:1\nsession:\nlisten:\n  port:\n')

    expect(config.listen.port).toBe(3000)
  })
})
