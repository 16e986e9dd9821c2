// The passwords a replay signs in with: from a file, from variables, or from the personas of a configuration.
import { resolve } from 'node:path'
import { formatProblem } from '../config/problems.ts'
import type { Survey } from '../qa/replay/survey.ts'
import type { CommandIo } from './io.ts'
import type { ReplayFlags } from './qa-replay-flags.ts'

/** A sentence where they cannot be read or one is missing. */
export async function passwordsFor(survey: Survey, flags: ReplayFlags, io: CommandIo) {
  const { readPasswords, variableOf } = await import('../qa/replay/passwords.ts')
  const file = flags.passwords === undefined ? undefined : resolve(io.cwd, flags.passwords)
  const read = await readPasswords({ file, env: io.env, personas: survey.personas })
  if (!read.ok) return `${flags.passwords} ${read.complaint}.`
  const configured = new Set<string>()
  if (flags.config !== undefined) {
    const { usersFromPersonas } = await import('../qa/leaks/users-personas.ts')
    const { cwd, env } = io
    const users = await usersFromPersonas({ file: flags.config, dir: cwd, cwd, env })
    if (!users.ok) {
      return 'complaint' in users
        ? `${flags.config} ${users.complaint}.`
        : users.problems.map(formatProblem).join('\n')
    }
    for (const { name = '', ...fields } of users.rows) {
      if (read.secrets.has(name)) continue
      read.secrets.set(name, { ...fields })
      configured.add(name)
    }
  }
  for (const [persona, fields] of survey.fields) {
    const known = read.secrets.get(persona) ?? {}
    const missing = [...fields].find((field) => !Object.hasOwn(known, field))
    if (missing === undefined) continue
    const how = missing === 'password' ? `, or set ${variableOf(persona)}` : ''
    return `There is no ${missing} for ${persona}: give --passwords a CSV file with the columns name and ${missing}${how}.`
  }
  return { secrets: read.secrets, configured }
}
