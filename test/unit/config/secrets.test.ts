import { hkdfSync } from 'node:crypto'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { accepted, KEY, openDirectory, refused, THREE } from './loading.ts'

const OTHER = Buffer.alloc(32, 9).toString('base64url')
const SECRET = 'a secret of thirty-two characters'
const OWN = 'upstream: http://localhost:1'

describe('cookie keys', () => {
  it('takes several, newest first, from a variable or a list', async () => {
    const expected = [KEY, OTHER].map((key) => Buffer.from(key, 'base64url'))
    const fromVariable = await accepted(undefined, {
      env: { ...THREE, COATCHECK_KEYS: `${KEY}, ${OTHER}` },
    })
    const fromList = await accepted(`${OWN}\ncookie: { keys: [${KEY}, ${OTHER}] }`)

    expect(fromVariable.cookie.keys).toEqual(expected)
    expect(fromList.cookie.keys).toEqual(expected)
  })

  it('derives one from a secret, alone or behind the keys', async () => {
    const derived = Buffer.from(hkdfSync('sha256', SECRET, '', 'coatcheck cookie', 32))
    const { COATCHECK_KEYS: _none, ...two } = THREE
    const alone = await accepted(undefined, { env: { ...two, COATCHECK_SECRET: SECRET } })
    const beside = await accepted(undefined, { env: { ...THREE, COATCHECK_SECRET: SECRET } })

    expect(alone.cookie.keys).toEqual([derived])
    expect(beside.cookie.keys).toEqual([Buffer.from(KEY, 'base64url'), derived])
  })

  it.each([
    [`${KEY},${KEY.slice(2)}`, 'key 2 of 2 has 30 bytes, not 32: make one with "coatcheck keygen"'],
    [`${KEY}AAAA`, 'key 1 of 1 has 35 bytes, not 32: make one with "coatcheck keygen"'],
    [`${KEY},ab!cd`, 'key 2 of 2 is not base64url: make one with "coatcheck keygen"'],
    [`${KEY},${KEY}`, 'key 2 of 2 is there twice'],
  ])('names a faulty key by its place, never by what it is', async (keys, message) => {
    const problems = await refused(undefined, { env: { ...THREE, COATCHECK_KEYS: keys } })

    expect(problems).toEqual([`COATCHECK_KEYS cookie.keys: ${message}`])
  })

  it('refuses a short secret without telling it', async () => {
    const problems = await refused(undefined, { env: { ...THREE, COATCHECK_SECRET: 'canary' } })

    expect(problems).toEqual(['COATCHECK_SECRET cookie.secret: must have at least 32 characters'])
  })

  it.each([
    ['behind a public origin', 'publicOrigin: https://app.example.org'],
    ['on every address', 'publicOrigin: http://localhost:3000\nlisten: { host: 0.0.0.0 }'],
  ])('are needed %s', async (_where, top) => {
    expect(await refused(`${top}\n${OWN}`)).toEqual([
      'coatcheck.yaml:1:1 cookie.keys: is missing: set COATCHECK_KEYS to what "coatcheck keygen" prints',
    ])
  })

  it('are made once on one’s own machine, private, and announced', async () => {
    await using directory = await openDirectory({ 'coatcheck.yaml': OWN })
    const said: string[] = []
    const announce = (line: string) => said.push(line)

    const first = await directory.load({ announce })
    const second = await directory.load({ announce })

    expect(first.ok && second.ok && second.config.cookie.keys).toEqual(
      first.ok && first.config.cookie.keys,
    )
    const file = join(directory.path, 'data/coatcheck.keys')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(directory.path, 'data'))).mode & 0o777).toBe(0o700)
    expect(said).toEqual(['made a cookie key in data/coatcheck.keys, for this machine only'])
    expect(said.join()).not.toContain((await readFile(file, 'utf8')).trim())
  })

  it('are the same for all who start at the same moment', async () => {
    await using directory = await openDirectory({ 'coatcheck.yaml': OWN })
    const said: string[] = []

    const all = await Promise.all(
      Array.from({ length: 20 }, () => directory.load({ announce: (line) => said.push(line) })),
    )

    const keys = all.map((one) => (one.ok ? one.config.cookie.keys[0]?.toString('hex') : one))
    expect(new Set(keys).size).toBe(1)
    expect(said).toHaveLength(1)
    expect(await readdir(join(directory.path, 'data'))).toEqual(['coatcheck.keys'])
  })

  it('are not written by whoever only looks', async () => {
    await using directory = await openDirectory({ 'coatcheck.yaml': OWN })

    const loaded = await directory.load({ createKeys: false })

    expect(loaded.ok && loaded.config.cookie.keys[0]?.length).toBe(32)
    expect(await readdir(directory.path)).toEqual(['coatcheck.yaml'])
  })

  it('are not written beside a problem', async () => {
    await using directory = await openDirectory({
      'coatcheck.yaml': `${OWN}\nsession: { idle: 9d }`,
    })

    await directory.load()

    expect(await readdir(directory.path)).toEqual(['coatcheck.yaml'])
  })

  it('warns when others can read them', async () => {
    await using directory = await openDirectory({ 'coatcheck.yaml': OWN })
    await mkdir(join(directory.path, 'data'))
    await writeFile(join(directory.path, 'data/coatcheck.keys'), KEY, { mode: 0o644 })

    const loaded = await directory.load()

    expect(loaded.ok && loaded.config.warnings).toEqual([
      'data/coatcheck.keys can be read by other users of this machine; chmod 600 data/coatcheck.keys',
    ])
  })

  it.each([
    ['half a key', 'abc', /^data\/coatcheck\.keys: key 1 of 1 has 2 bytes, not 32: .*delete it/],
    ['nothing', '', /^data\/coatcheck\.keys: holds no key \(delete it to start afresh\)$/],
  ])('refuses a file with %s', async (_what, content, message) => {
    await using directory = await openDirectory({ 'coatcheck.yaml': OWN })
    await mkdir(join(directory.path, 'data'))
    await writeFile(join(directory.path, 'data/coatcheck.keys'), content, { mode: 0o600 })

    const loaded = await directory.load()

    const lines = loaded.ok
      ? []
      : loaded.problems.map(({ place, message: text }) => `${place}: ${text}`)
    expect(lines).toEqual([expect.stringMatching(message)])
  })

  it('says what to do where they cannot be written', async () => {
    await using directory = await openDirectory({
      'coatcheck.yaml': OWN,
      data: 'a file in the way',
    })

    const loaded = await directory.load()

    expect(loaded).toMatchObject({
      ok: false,
      problems: [
        {
          place: 'data/coatcheck.keys',
          message: expect.stringMatching(/: set COATCHECK_KEYS instead$/),
        },
      ],
    })
  })
})
