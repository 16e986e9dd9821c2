// How a person looks in the demo upstream's answers: to themselves, and to others. Pure.
import type { Person } from './demo-people.ts'
import { type Fields, profileFields } from './demo-rules.ts'

/** Takes fields that passed `profileProblem`; the username is not written here. */
export function updateProfile(person: Person, fields: Fields): void {
  if (fields.name) person.name = String(fields.name)
  for (const field of TEXTS) if (field in fields) person.profile.set(field, fields[field] || null)
  for (const field of WISHES) if (field in fields) person.profile.set(field, fields[field])
}

/** What a person sees of their own; of nobody, the same names with nothing in them. */
export function profileOf(person: Person | undefined): Record<string, unknown> {
  const verifiedAt = person?.verifiedAt
  return {
    id: person?.id ?? null,
    name: person?.name ?? null,
    username: person?.username ?? null,
    email: person?.email ?? null,
    terms_and_conditions_checked: person ? true : null,
    is_admin: person ? false : null,
    registration_date: person ? person.registeredAt / 1000 : null,
    is_email_verified: person ? verifiedAt !== undefined : null,
    email_verification_date: verifiedAt === undefined ? null : new Date(verifiedAt).toISOString(),
    ...fieldsOf(person, TEXTS),
    ...fieldsOf(person, WISHES),
    current_mentorship_role: null,
    membership_status: null,
  }
}

/** What others see. */
export function publicProfileOf(person: Person): Record<string, unknown> {
  const wishes = fieldsOf(person, WISHES)
  return {
    id: person.id,
    username: person.username,
    name: person.name,
    ...fieldsOf(person, PUBLIC),
    ...wishes,
    is_available: Object.values(wishes).includes(true),
    registration_date: person.registeredAt / 1000,
  }
}

function fieldsOf(person: Person | undefined, names: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const name of names) fields[name] = person?.profile.get(name) ?? null
  return fields
}

const TEXTS: readonly string[] = Object.keys(profileFields)
const WISHES: readonly string[] = ['need_mentoring', 'available_to_mentor']
const PUBLIC: readonly string[] = [
  'slack_username',
  'bio',
  'location',
  'occupation',
  'organization',
  'interests',
  'skills',
]
