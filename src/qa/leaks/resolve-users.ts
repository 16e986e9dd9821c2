// The users of a target file: written there, in a CSV file beside it, or personas: the demo's, or a gateway's own.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { whyUnreadable } from '../../config/file-errors.ts'
import type { ConfigProblem, Problems } from '../../config/problems.ts'
import type { Env } from '../../config/sources.ts'
import type { Path } from '../../config/tree.ts'
import { demoPassword, personas } from '../personas.ts'
import { NOT_UTF8, textIn } from './file-text.ts'
import { STRANGER, VISITOR } from './step.ts'
import type { User } from './target.ts'
import type { TargetFile } from './target-schema.ts'
import { usersFromCsv } from './users-csv.ts'
import { usersFromPersonas } from './users-personas.ts'

export interface UsersFrom {
  /** Of the target file; files are relative to it. */
  readonly dir: string
  readonly cwd: string
  readonly env: Env
}

type Written = TargetFile['users']
type Rows = ReadonlyArray<Readonly<Record<string, string>>>

/** Two or more with different names, or `undefined` after a complaint. */
export async function resolveUsers(
  users: Written | undefined,
  from: UsersFrom,
  problems: Problems,
): Promise<User[] | undefined> {
  if (users === undefined) return undefined
  const rows = await rowsOf(users, from, problems)
  if (rows === undefined) return undefined
  if (rows.length < 2) {
    // Whoever is written amiss has been taken out, and is told of by itself.
    if (problems.list().some(({ path }) => path.startsWith('users['))) return undefined
    const many = rows.length === 0 ? 'nobody' : 'one user'
    problems.add(placeOf(users), `names ${many}, and a leak needs two at least: add another`)
    return undefined
  }
  checkNames(rows, users, problems)
  return rows.map((fields) => ({ name: fields.name ?? '', fields: { ...fields } }))
}

async function rowsOf(
  users: Written & {},
  from: UsersFrom,
  problems: Problems,
): Promise<Rows | undefined> {
  if (users === 'personas') {
    return personas.map(({ username, name: fullName, email }) => {
      return { name: username, username, password: demoPassword, fullName, email }
    })
  }
  if (Array.isArray(users)) return users
  if ('personas' in users) {
    const read = await usersFromPersonas({ ...from, file: users.personas })
    if (read.ok) return read.rows
    if ('complaint' in read) problems.add(placeOf(users), read.complaint)
    else for (const one of read.problems) addElsewhere(one, problems)
    return undefined
  }
  try {
    const text = textIn(await readFile(resolve(from.dir, users.csv)))
    if (text === undefined) {
      problems.add(placeOf(users), NOT_UTF8)
      return undefined
    }
    const read = usersFromCsv(text)
    if (read.ok) return read.rows
    problems.add(placeOf(users), read.complaint)
  } catch (error) {
    problems.add(placeOf(users), `cannot be read: ${whyUnreadable(error)}`)
  }
  return undefined
}

/** What is wrong in another file has its place there. */
function addElsewhere({ place, path, message, hint }: ConfigProblem, problems: Problems): void {
  const meant = hint === undefined ? '' : ` (did you mean ${hint})`
  problems.addAt({ name: path === '' ? place : `${place} ${path}` }, message + meant)
}

function checkNames(rows: Rows, users: Written & {}, problems: Problems): void {
  const names = new Set<string>()
  for (const [index, { name = '' }] of rows.entries()) {
    const at = Array.isArray(users) ? ['users', index, 'name'] : placeOf(users)
    if (name === VISITOR || name === STRANGER) {
      problems.add(at, `${name} is who never signs in: give the user another name`)
    } else if (names.has(name)) problems.add(at, `user ${index + 1} has a name that another has`)
    names.add(name)
  }
}

/** The setting that says where they are. */
function placeOf(users: Written & {}): Path {
  if (typeof users === 'string' || Array.isArray(users)) return ['users']
  return ['users', 'csv' in users ? 'csv' : 'personas']
}
