import { describe, expect, it } from 'vitest'
import { type CsrfFacts, type CsrfMode, passesCsrf } from '../../../src/http/csrf.ts'

const OWN = 'https://app.example.org'
const sites = [
  undefined,
  'same-origin',
  'same-site',
  'cross-site',
  'none',
  'Same-Origin',
  '',
  'same-origin, cross-site',
]
const modes = [undefined, 'navigate', 'cors', 'no-cors', 'same-origin', 'websocket', 'NAVIGATE']
const dests = [undefined, 'document', 'empty', 'iframe', 'image', 'object', 'script']
const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'get']
const origins = [
  undefined,
  OWN,
  'https://evil.example',
  'null',
  'http://app.example.org',
  `${OWN}:8443`,
  `${OWN}, ${OWN}`,
]
const headers = [undefined, '1', '0', 'true', '1, 1']
const csrfModes: CsrfMode[] = ['same-origin', 'header', 'strict']

/** The design's sentences, one after the other. */
function oracle(facts: CsrfFacts, mode: CsrfMode): boolean {
  const unsafe = !['GET', 'HEAD', 'OPTIONS'].includes(facts.method)
  const header = facts.csrfHeader === '1'
  if (mode === 'header' && unsafe && !header) return false
  if (mode === 'strict' && !header) return false
  switch (facts.site) {
    case 'same-origin':
      return true
    case 'none':
      return facts.mode === 'navigate'
    case undefined:
      if (facts.origin === undefined) return unsafe ? header : true
      return facts.origin === OWN
    default:
      return facts.method === 'GET' && facts.mode === 'navigate' && facts.dest === 'document'
  }
}

describe('the CSRF rules', () => {
  it('hold for every combination of what a browser can send', () => {
    let cases = 0
    let passed = 0
    const wrong: unknown[] = []
    for (const csrfMode of csrfModes)
      for (const site of sites)
        for (const mode of modes)
          for (const dest of dests)
            for (const method of methods)
              for (const origin of origins)
                for (const csrfHeader of headers) {
                  const facts = { method, site, mode, dest, origin, csrfHeader, ownOrigin: OWN }
                  const answer = passesCsrf(facts, csrfMode)
                  cases++
                  if (answer) passed++
                  if (answer !== oracle(facts, csrfMode)) wrong.push({ ...facts, csrfMode })
                }

    expect(wrong).toEqual([])
    expect(cases).toBe(370_440)
    expect(passed).toBeGreaterThan(10_000)
  })

  const ofAPage = {
    mode: 'cors',
    dest: 'empty',
    origin: undefined,
    csrfHeader: undefined,
    ownOrigin: OWN,
  }

  it.each([
    [
      'a form on another site',
      { method: 'POST', site: 'cross-site', mode: 'navigate', dest: 'document' },
    ],
    [
      'a form on a sibling subdomain',
      { method: 'POST', site: 'same-site', mode: 'navigate', dest: 'document' },
    ],
    [
      'another site in an iframe',
      { method: 'GET', site: 'cross-site', mode: 'navigate', dest: 'iframe' },
    ],
    [
      'an image of ours on another site',
      { method: 'GET', site: 'cross-site', mode: 'no-cors', dest: 'image' },
    ],
    [
      'an old browser on another site',
      { method: 'POST', site: undefined, origin: 'https://evil.example' },
    ],
    ['a sandboxed page', { method: 'GET', site: undefined, origin: 'null' }],
    ['a write of unknown make', { method: 'POST', site: undefined }],
  ])('refuse %s', (_name, facts) => {
    expect(passesCsrf({ ...ofAPage, ...facts }, 'same-origin')).toBe(false)
  })

  it.each([
    ['our own page', { method: 'PUT', site: 'same-origin' }],
    [
      'a link on another site',
      { method: 'GET', site: 'cross-site', mode: 'navigate', dest: 'document' },
    ],
    ['an address typed in', { method: 'GET', site: 'none', mode: 'navigate', dest: 'document' }],
    ['our own page in an old browser', { method: 'POST', site: undefined, origin: OWN }],
    ['a script that says X-CSRF: 1', { method: 'POST', site: undefined, csrfHeader: '1' }],
  ])('let %s through', (_name, facts) => {
    expect(passesCsrf({ ...ofAPage, ...facts }, 'same-origin')).toBe(true)
  })
})
