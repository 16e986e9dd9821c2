import { describe, expect, it } from 'vitest'
import { accepted, KEY, refused } from './loading.ts'

const rest = `upstream: http://localhost:1\ncookie: { keys: ${KEY} }`
const ORIGIN = 'coatcheck.yaml:1:15 publicOrigin:'

describe('publicOrigin', () => {
  it.each([
    'https://app.example.org',
    'https://app.example.org:8443',
    'http://localhost:3000',
    'http://alice.localhost:3000',
    'http://127.0.0.1:3000',
    'http://[::1]:3000',
  ])('may be %s', async (origin) => {
    expect((await accepted(`publicOrigin: "${origin}"\n${rest}`)).publicOrigin).toBe(origin)
  })

  it('is lower-cased, as browsers send it', async () => {
    const config = await accepted(`publicOrigin: HTTPS://App.Example.org\n${rest}`)

    expect(config.publicOrigin).toBe('https://app.example.org')
  })

  it.each([
    ['https://app.example.org/', 'must be an origin alone'],
    ['https://app.example.org:443', 'must be an origin alone'],
    ['https://app.example.org/app', 'must be an origin alone'],
    ['https://app.example.org?x=1', 'must be an origin alone'],
    ['https://user:pw@app.example.org', 'must not carry a user name or password'],
    ['app.example.org', 'write an absolute http(s) origin'],
    ['ftp://app.example.org', 'write an absolute http(s) origin'],
    ['https:app.example.org', 'write an absolute http(s) origin'],
    ['http://app.example.org', 'must be https'],
    ['http://localhost.example.org', 'must be https'],
    ['http://127.0.0.1.example.org', 'must be https'],
    ['http://10.0.0.1', 'must be https'],
  ])('may not be %s', async (origin, message) => {
    const problems = await refused(`publicOrigin: "${origin}"\n${rest}`)

    expect(problems).toEqual([expect.stringContaining(`${ORIGIN} ${message}`)])
  })

  it('spells the mend out', async () => {
    expect(await refused(`publicOrigin: https://app.example.org/app/\n${rest}`)).toEqual([
      `${ORIGIN} must be an origin alone (scheme, host and port, no path, no slash at the end): https://app.example.org`,
    ])
  })

  it('may be plain http with insecureHttp, warned of', async () => {
    const config = await accepted(`publicOrigin: http://ci:3000\ninsecureHttp: true\n${rest}`)

    expect(config.insecureHttp).toBe(true)
    expect(config.warnings).toEqual([expect.stringMatching(/^insecureHttp: .*; use https/)])
  })

  it('may never be plain http in production', async () => {
    const env = { NODE_ENV: 'production' }

    expect(
      await refused(`insecureHttp: true\npublicOrigin: http://ci:3000\n${rest}`, { env }),
    ).toEqual(['coatcheck.yaml:1:15 insecureHttp: is refused with NODE_ENV=production: use https'])
  })

  it('warns of an insecureHttp that does nothing', async () => {
    const config = await accepted(`insecureHttp: true\npublicOrigin: https://a.example\n${rest}`)

    expect(config.warnings).toEqual([
      'insecureHttp has no effect with this publicOrigin; remove it',
    ])
  })

  it('is localhost with the port where only this machine listens', async () => {
    const config = await accepted(`listen: { port: 4000 }\n${rest}`)

    expect(config.publicOrigin).toBe('http://localhost:4000')
  })

  it.each(['0.0.0.0', '::', '192.168.1.2', 'gateway'])(
    'is needed when listening on %s',
    async (host) => {
      expect(await refused(`listen: { host: "${host}" }\n${rest}`)).toEqual([
        'coatcheck.yaml:1:1 publicOrigin: is missing: off loopback, write the origin that browsers see',
      ])
    },
  )

  it('is needed in production, where nobody browses on the machine itself', async () => {
    const env = { NODE_ENV: 'production' }

    expect(await refused(rest, { env })).toEqual([
      'coatcheck.yaml:1:1 publicOrigin: is missing: with NODE_ENV=production, set COATCHECK_PUBLIC_ORIGIN to what browsers see',
    ])
    const config = await accepted(`publicOrigin: http://localhost:3000\n${rest}`, { env })
    expect(config.publicOrigin).toBe('http://localhost:3000')
  })

  it('is needed when the port is chosen by chance', async () => {
    expect(await refused(`listen: { port: 0 }\n${rest}`)).toEqual([
      'coatcheck.yaml:1:1 publicOrigin: is missing: it cannot be guessed when listen.port is 0',
    ])
  })
})

describe('the operators’ listener', () => {
  it('makes way when its usual port is taken', async () => {
    const config = await accepted(`listen: { port: 3001 }\n${rest}`)

    expect(config.operators?.port).toBe(3002)
  })

  it('may not share a port that was chosen for it', async () => {
    expect(await refused(`operators: { port: 3000 }\n${rest}`)).toEqual([
      'coatcheck.yaml:1:20 operators.port: is the port of listen too: choose another one',
    ])
  })

  it('needs a token off loopback', async () => {
    expect(await refused(`operators: { host: 0.0.0.0 }\n${rest}`)).toEqual([
      "coatcheck.yaml:1:1 operators.token: is missing: off loopback the operators' listener needs a token",
    ])
    const token = 'canary-canary-canary'
    const config = await accepted(`operators: { host: 0.0.0.0, token: ${token} }\n${rest}`)
    expect(config.operators?.token?.reveal()).toBe(token)
    expect(JSON.stringify(config.operators)).not.toContain('canary')
    expect(await refused(`operators: { token: canary }\n${rest}`)).toEqual([
      'coatcheck.yaml:1:21 operators.token: must have at least 16 characters',
    ])
  })

  it('may be none', async () => {
    expect((await accepted(`operators: false\n${rest}`)).operators).toBeUndefined()
    expect(await refused(`operators: true\n${rest}`)).toEqual([
      'coatcheck.yaml:1:12 operators: must be a mapping with host, port and token, or false',
    ])
  })
})
