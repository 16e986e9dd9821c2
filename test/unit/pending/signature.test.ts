import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { judgeSignature, writeSignature } from '../../../src/pending/signature.ts'

const SECRET = 'a-completion-secret'
const BODY = Buffer.from('{"id":"abc","ok":true,"access_token":"token"}')
const AT = Date.UTC(2030, 0, 1)
const MINUTE = 60_000

describe('the signature of a completion', () => {
  it('is what openssl and every other HMAC makes of it', () => {
    const time = AT / 1000
    const { stdout } = spawnSync('openssl', ['dgst', '-sha256', '-hmac', SECRET], {
      input: `${time}.${BODY}`,
      encoding: 'utf8',
    })

    const header = `t=${time},v1=${stdout.trim().split('= ')[1]}`

    expect(header).toBe(writeSignature(BODY, SECRET, AT))
    expect(judgeSignature(header, BODY, SECRET, AT)).toBe('good')
  })

  it.each([
    [-5 * MINUTE, 'good'],
    [5 * MINUTE, 'good'],
    [-5 * MINUTE - 1000, 'stale'],
    [5 * MINUTE + 1000, 'stale'],
  ] as const)('made %i ms away is %s', (away, verdict) => {
    const header = writeSignature(BODY, SECRET, AT + away)

    expect(judgeSignature(header, BODY, SECRET, AT)).toBe(verdict)
  })

  it.each([
    undefined,
    '',
    't=1893456000',
    `t=,v1=${'0'.repeat(64)}`,
    `v1=${'0'.repeat(64)},t=1893456000`,
    `t=1893456000,v1=${'0'.repeat(64)}`,
    `t=1893456000,v1=${'0'.repeat(63)}`,
    `${writeSignature(BODY, SECRET, AT)},v1=${'0'.repeat(64)}`,
    writeSignature(BODY, SECRET, AT).toUpperCase(),
    writeSignature(BODY, 'another-secret', AT),
    writeSignature(Buffer.from(`${BODY} `), SECRET, AT),
  ])('of another make is forged: %s', (header) => {
    expect(judgeSignature(header, BODY, SECRET, AT)).toBe('forged')
  })
})
