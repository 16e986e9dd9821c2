import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { floors, type LockFile, lockProblems } from './lockfile.ts'

const integrity = 'sha512-AAAA'

function problemsOf(packages: LockFile['packages']): string[] {
  return lockProblems({ packages: { '': {}, ...packages } })
}

describe('the lock file', { timeout: 120_000 }, () => {
  it('holds nothing below a floor, from elsewhere, or missing', () => {
    const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')
    const lock = JSON.parse(text) as LockFile

    expect(lockProblems(lock)).toEqual([])
  })

  it('holds the packages that have floors', () => {
    const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')

    for (const name of Object.keys(floors)) expect(text).toContain(`"node_modules/${name}": {`)
  })
})

describe('a locked package', { timeout: 120_000 }, () => {
  it.each([
    ['fastify', '5.12.1'],
    ['undici', '7.29.9'],
    ['undici', '8.10.1'],
    ['undici', '6.99.0'],
    ['ws', '8.20.1'],
    ['node', '26.3.0'],
    ['node', '25.1.0'],
    ['@fastify/reply-from', '12.6.4-rc.1'],
  ])('below its floor is found: %s %s', (name, version) => {
    const problems = problemsOf({ [`node_modules/${name}`]: { version, integrity } })

    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`${name} ${version} is not >=`)
  })

  it('below its floor is found where it is nested, scoped or renamed', () => {
    const problems = problemsOf({
      'node_modules/a/node_modules/undici': { version: '7.1.0', integrity },
      'node_modules/a/node_modules/@fastify/static': { version: '9.0.0', integrity },
      'node_modules/old-ws': { name: 'ws', version: '7.0.0', integrity },
    })

    expect(problems).toHaveLength(3)
  })

  it.each([
    ['fastify', '5.12.2'],
    ['undici', '7.30.0'],
    ['undici', '8.12.4'],
    ['not-undici', '1.0.0'],
  ])('at its floor is not: %s %s', (name, version) => {
    expect(problemsOf({ [`node_modules/${name}`]: { version, integrity } })).toEqual([])
  })

  it.each([
    'git+ssh://git@github.com/a/b.git#c0ffee',
    'https://registry.example.org/a/-/a-1.0.0.tgz',
    'https://registry.npmjs.org.example.org/a.tgz',
    'http://registry.npmjs.org/a/-/a-1.0.0.tgz',
    'file:../a',
  ])('from elsewhere is found: %s', (resolved) => {
    const problems = problemsOf({ 'node_modules/a': { version: '1.0.0', resolved, integrity } })

    expect(problems).toEqual([
      `package-lock.json: node_modules/a: comes from ${resolved}, not from https://registry.npmjs.org/`,
    ])
  })

  it('from the public registry is not', () => {
    const resolved = 'https://registry.npmjs.org/a/-/a-1.0.0.tgz'

    expect(problemsOf({ 'node_modules/a': { version: '1.0.0', resolved, integrity } })).toEqual([])
  })

  it('without integrity, or linked, is found', () => {
    expect(problemsOf({ 'node_modules/a': { version: '1.0.0' } })).toHaveLength(1)
    expect(problemsOf({ 'node_modules/a': { link: true, integrity } })).toHaveLength(1)
  })

  it('whose optional dependency the lock does not hold is found', () => {
    const problems = problemsOf({
      'node_modules/a': { version: '1.0.0', integrity, optionalDependencies: { 'a-linux': '1' } },
    })

    expect(problems[0]).toContain('npm ci refuses: its a-linux is not in the lock')
  })
})
