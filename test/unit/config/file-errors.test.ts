import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { whyUnwritable } from '../../../src/config/file-errors.ts'
import { openFolder } from '../../support/folder.ts'

it('says of a file that cannot be written what is in its way, and blames the folder that is missing', async () => {
  await using folder = await openFolder({ 'a.txt': '' })
  await mkdir(join(folder.path, 'there'))
  const whyNot = (file: string) =>
    writeFile(join(folder.path, file), '').catch((error: unknown) => whyUnwritable(error, file))

  expect(await whyNot('none/at/all.json')).toBe('the folder none/at does not exist')
  expect(await whyNot('a.txt/b.json')).toBe('a.txt is not a folder')
  expect(await whyNot('there')).toBe('it is a directory')
  expect(whyUnwritable(Object.assign(new Error(), { code: 'ENOSPC' }), 'a')).toBe(
    'there is no space left',
  )
  expect(whyUnwritable(Object.assign(new Error(), { code: 'EACCES' }), 'a')).toBe(
    'permission denied',
  )
})
