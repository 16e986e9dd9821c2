// What personas sign in with: from a CSV file and from variables; never from a recording.
import { readFile } from 'node:fs/promises'
import { whyUnreadable } from '../../config/file-errors.ts'
import { usersFromCsv } from '../leaks/users-csv.ts'

export interface PasswordSources {
  /** Absolute path of a CSV file with `name` and `password`, and more columns where sign-ins send more. */
  readonly file: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly personas: readonly string[]
}

export type Passwords =
  | { readonly ok: true; readonly secrets: Map<string, Record<string, string>> }
  | { readonly ok: false; readonly complaint: string }

/** Complaints name no value. */
export async function readPasswords({ file, env, personas }: PasswordSources): Promise<Passwords> {
  const secrets = new Map<string, Record<string, string>>()
  if (file !== undefined) {
    let text: string
    try {
      text = await readFile(file, 'utf8')
    } catch (error) {
      return { ok: false, complaint: `cannot be read: ${whyUnreadable(error)}` }
    }
    const read = usersFromCsv(text)
    if (!read.ok) return read
    for (const { name = '', ...fields } of read.rows) {
      if (fields.password === undefined)
        return { ok: false, complaint: 'needs the columns name and password in its first line' }
      secrets.set(name, fields)
    }
  }
  for (const persona of personas) {
    const password = env[variableOf(persona)]
    if (password !== undefined) secrets.set(persona, { ...secrets.get(persona), password })
  }
  return { ok: true, secrets }
}

/** `alice` → `COATCHECK_QA_PASSWORD_ALICE`. */
export function variableOf(persona: string): string {
  return `COATCHECK_QA_PASSWORD_${persona.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`
}
