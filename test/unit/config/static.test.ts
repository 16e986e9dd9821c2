import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatProblem } from '../../../src/config/problems.ts'
import { openDirectory } from './loading.ts'

async function statics(yaml: string) {
  await using directory = await openDirectory({
    'index.html': '<p>hello',
    'coatcheck.yaml': `upstream: http://localhost:1\nstatic: ${yaml}\n`,
  })
  const loaded = await directory.load({
    cwd: '/',
    configPath: join(directory.path, 'coatcheck.yaml'),
    createKeys: false,
  })
  const name = directory.path
  return loaded.ok
    ? { static: loaded.config.static, path: name }
    : loaded.problems.map((one) => formatProblem(one).replace(`${name}/`, ''))
}

describe('static', () => {
  it('is one directory or several, relative to the configuration file', async () => {
    const one = await statics('{ dir: ., fallback: index.html }')
    const two = await statics('[{ prefix: /a, dir: . }, { prefix: /b/c, dir: ../ }]')

    expect(one).toMatchObject({ static: [{ prefix: '/', fallback: 'index.html' }] })
    expect(one).toHaveProperty('static[0].dir', 'path' in one ? one.path : '')
    expect(two).toMatchObject({ static: [{ prefix: '/a' }, { prefix: '/b/c' }] })
  })

  it.each([
    [
      '{ dir: nope }',
      'coatcheck.yaml:2:16 static.dir: is no directory (it is looked for from the configuration file): build the frontend first',
    ],
    [
      '{ dir: index.html }',
      'coatcheck.yaml:2:16 static.dir: is no directory (it is looked for from the configuration file): build the frontend first',
    ],
    [
      '{ dir: ., fallback: no.html }',
      'coatcheck.yaml:2:29 static.fallback: is no file in dir: build the frontend first',
    ],
    [
      '{ dir: ., fallback: ../x.html }',
      'coatcheck.yaml:2:29 static.fallback: must be a file inside the directory, such as index.html',
    ],
    [
      '{ dir: ., fallback: /etc/passwd }',
      'coatcheck.yaml:2:29 static.fallback: must be a file inside the directory, such as index.html',
    ],
    [
      '{ dir: ., prefix: /auth }',
      'coatcheck.yaml:2:27 static.prefix: everything under /auth belongs to the gateway itself',
    ],
    [
      '[{ dir: . }, { dir: ., prefix: / }]',
      'coatcheck.yaml:2:22 static[1]: answers the same as the prefix /: keep one of the two',
    ],
    [
      '{ dir: ., prefix: /api }',
      'coatcheck.yaml:2:9 static: answers the same as the prefix /api: keep one of the two',
    ],
    ['{ prefix: / }', 'coatcheck.yaml:2:1 static.dir: is missing'],
    [
      'dist',
      'coatcheck.yaml:2:9 static: must be a mapping with prefix, dir and fallback, or a list of these',
    ],
  ])('refuses %s', async (yaml, message) => {
    expect(await statics(yaml)).toEqual([message])
  })

  it('looks at each of several, whatever is wrong with the others', async () => {
    expect(await statics('[{ dir: nope }, { prefix: /x }, { prefix: /y, dir: no }]')).toEqual([
      expect.stringContaining('static[0].dir: is no directory'),
      expect.stringContaining('static[1].dir: is missing'),
      expect.stringContaining('static[2].dir: is no directory'),
    ])
  })
})
