// The users of a target file: written there, in a CSV file beside it, or those of the demo.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { whyUnreadable } from '../../config/file-errors.ts'
import type { Problems } from '../../config/problems.ts'
import type { Path } from '../../config/tree.ts'
import { demoPassword, personas } from '../personas.ts'
import { STRANGER, VISITOR } from './step.ts'
import type { User } from './target.ts'
import type { TargetFile } from './target-schema.ts'
import { usersFromCsv } from './users-csv.ts'

/** Two or more with different names, or `undefined` after a complaint. */
export async function resolveUsers(
  users: TargetFile['users'] | undefined,
  dir: string,
  problems: Problems,
): Promise<User[] | undefined> {
  if (users === undefined) return undefined
  if (users === 'personas') {
    return personas.map(({ username: name }) => userOf({ name, password: demoPassword }))
  }
  if (Array.isArray(users)) return distinct(users.map(userOf), ['users'], problems)
  const path = ['users', 'csv']
  try {
    const read = usersFromCsv(await readFile(resolve(dir, users.csv), 'utf8'))
    if (read.ok)
      return distinct(
        read.rows.map((row) => userOf(row)),
        path,
        problems,
      )
    problems.add(path, read.complaint)
  } catch (error) {
    problems.add(path, `cannot be read: ${whyUnreadable(error)}`)
  }
  return undefined
}

function userOf(fields: Readonly<Record<string, string>>): User {
  return { name: fields.name ?? '', fields: { ...fields } }
}

function distinct(users: User[], path: Path, problems: Problems): User[] {
  const names = new Set<string>([VISITOR, STRANGER])
  for (const [index, { name }] of users.entries()) {
    const at = path.length === 1 ? [...path, index, 'name'] : path
    if (name === VISITOR || name === STRANGER) {
      problems.add(at, `${name} is who never signs in: give the user another name`)
    } else if (names.has(name)) problems.add(at, `user ${index + 1} has a name that another has`)
    names.add(name)
  }
  return users
}
