import { describe, expect, it } from 'vitest'
import { refused, yamlWith } from './loading.ts'

describe('places of problems', () => {
  it('names file, line and column of the value at fault', async () => {
    const problems = await refused(yamlWith({ top: 'session:\n  idle: 30\n' }))

    expect(problems).toEqual([
      'coatcheck.yaml:2:9 session.idle: a duration is a whole number with its unit: write 500ms, 30s or 12h',
    ])
  })

  it('names the key where the key is at fault, and what was probably meant', async () => {
    const problems = await refused(yamlWith({ top: 'session: { idel: 30m }' }))

    expect(problems).toEqual([
      'coatcheck.yaml:1:12 session.idel: is not a known setting (did you mean idle)',
    ])
  })

  it('points from a setting at the wrong level to the right one', async () => {
    expect(await refused(yamlWith({ top: 'lifetime: 3d' }))).toEqual([
      'coatcheck.yaml:1:1 lifetime: is not a known setting (did you mean session.lifetime)',
    ])
  })

  it('says everything that is wrong at once, in the order of the file', async () => {
    const problems = await refused(
      yamlWith({
        top: 'publicOrigin: http://app.example.org\nsession: { idle: 8d }\nstore: { kind: reds }',
        provider: 'send: Bearer',
        route: 'auth: requird',
        routes: '- { prefix: /auth/x, upstream: ftp://x }\n- { path: /x }',
      }),
    )

    expect(problems.map((line) => line.replace(/: .*/, ''))).toEqual([
      'coatcheck.yaml:1:15 publicOrigin',
      'coatcheck.yaml:2:18 session.idle',
      'coatcheck.yaml:3:16 store.kind',
      'coatcheck.yaml:8:11 providers.mentorship.send',
      'coatcheck.yaml:10:63 routes[0].auth',
      'coatcheck.yaml:11:15 routes[1].prefix',
      'coatcheck.yaml:11:34 routes[1].upstream',
      'coatcheck.yaml:12:5 routes[2].upstream',
    ])
  })

  it('keeps the numbers of routes right after a faulty one', async () => {
    const routes = '- 7\n- { path: /a, upstream: http://b, provider: mentorshap }'

    const problems = await refused(yamlWith({ routes }))

    expect(problems).toEqual(['coatcheck.yaml:9:5 routes[1]: must be a mapping (key: value)'])
    expect(await refused(yamlWith({ routes: routes.replace('- 7', '- { nope: 1 }') }))).toContain(
      'coatcheck.yaml:10:47 routes[2].provider: names no provider: there is mentorship (did you mean mentorship)',
    )
  })

  it('refuses a key that is written twice', async () => {
    expect(await refused('upstream: http://localhost:1\nupstream: http://localhost:2\n')).toEqual([
      'coatcheck.yaml:2:1: the same key is written twice in one mapping',
    ])
  })

  it('tells the first slip in the syntax, not its echoes', async () => {
    const problems = await refused('a: [1, 2\nb: "secret\nc: }\nd: {')

    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^coatcheck\.yaml:\d+:\d+: /)
  })

  it.each([
    ['a: { b: c\nd: { e: f }\n', '1:4: this brace is not closed: write } where it ends'],
    ['a:\n  - { b: c\n  - { b: d }\n', '2:5: this brace is not closed: write } where it ends'],
    ['a: [{ b: c }, { b: d }\ne: f\n', '1:4: this bracket is not closed: write ] where it ends'],
    ['a: { b: c, d: { e: f }\n', '1:4: this brace is not closed: write } where it ends'],
    ['a: { b: [c\nd: e\n', '1:9: this bracket is not closed: write ] where it ends'],
    ['a: "b\nc: d\n', '1:4: this quote is not closed: write " where its text ends'],
    ["a: { b: 'c }\nd: e\n", "1:9: this quote is not closed: write ' where its text ends"],
    [
      'a: { b: c]\nd: e\n',
      '1:10: a } is missing before this one: it closes nothing of what { began',
    ],
    ['a: { b: c }}\nd: e\n', '1:12: this } closes nothing: take it away'],
    [
      'a: [/b/{c}]\n',
      '1:8: between braces or brackets, text with a { in it needs quotes around it',
    ],
    [
      'a:\n  b: "c{d}"\n   e: f\n',
      '3:1: the indentation does not fit (spaces only, the same within one mapping)',
    ],
  ])('blames %j where the slip is, not where the parser stumbles', async (text, told) => {
    expect(await refused(text)).toEqual([`coatcheck.yaml:${told}`])
  })

  it('knows the usual slip: a variable between braces without quotes', async () => {
    const problems = await refused(`routes:\n  - { prefix: /api, upstream: \${MS_URL} }`)

    expect(problems).toEqual([
      `coatcheck.yaml:2:32: between braces or brackets, \${X} needs quotes: "\${X}"`,
    ])
  })

  it('never quotes the line at fault, which could hold a secret', async () => {
    for (const text of [
      'cookie: { keys: "canary-canary',
      'canary-canary: [',
      '@canary-canary',
      '*canary-canary',
      'a: !canary-canary b',
      'cookie: %canary-canary\n\t- x: y',
    ]) {
      const problems = await refused(text)
      expect(problems, text).not.toEqual([])
      expect(problems.join('\n')).not.toContain('canary-canary')
    }
  })

  it.each([
    ['a list', '- a'],
    ['text', 'hello'],
    ['two documents', 'upstream: http://localhost:1\n---\nupstream: http://localhost:2'],
    ['a depth that no parser likes', '['.repeat(10_000)],
    ['a depth that no setting has', `claims: ${'['.repeat(40)}${']'.repeat(40)}`],
    [
      'a bomb of aliases',
      `a: &a [1,1,1,1,1,1,1,1,1]\n${[...'bcdefghi'].map((name, n) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[n]}`).join(',')}]`).join('\n')}`,
    ],
  ])('refuses %s with a place', async (_what, text) => {
    const problems = await refused(text)

    expect(problems).not.toEqual([])
    for (const line of problems) expect(line).toMatch(/^coatcheck\.yaml:\d+:\d+/)
  })

  it('accepts anchors, and places problems behind an alias at what it repeats', async () => {
    const route = '  - &r { path: /a, upstream: http://localhost:1, auth: public, csrf: nope }'

    const problems = await refused(`routes:\n${route}\n  - *r\n`)

    const col = route.indexOf('nope') + 1
    expect(problems).toEqual([
      `coatcheck.yaml:2:${col} routes[0].csrf: must be one of same-origin, header, strict`,
      `coatcheck.yaml:2:${col} routes[1].csrf: must be one of same-origin, header, strict`,
      'coatcheck.yaml:3:5 routes[1]: answers the same as the path /a: keep one of the two',
    ])
  })

  it('names the file that cannot be read', async () => {
    expect(await refused(undefined, { configPath: 'nope.yaml' })).toEqual([
      'nope.yaml: the configuration cannot be read: there is no such file',
    ])
    expect(await refused(undefined, { env: { COATCHECK_CONFIG: '.' } })).toEqual([
      'COATCHECK_CONFIG: the configuration cannot be read: it is a directory',
    ])
  })

  it('says what to write when there is nothing at all', async () => {
    expect(await refused(undefined)).toEqual([
      'environment upstream: is missing: write upstream: https://api.example.org, or set COATCHECK_UPSTREAM',
    ])
    expect(await refused('')).toEqual([
      'coatcheck.yaml:1:1 upstream: is missing: write upstream: https://api.example.org, or set COATCHECK_UPSTREAM',
    ])
  })
})
