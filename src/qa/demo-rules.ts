// What the demo upstream accepts in a registration, a profile or a password. Pure.

export type Fields = Readonly<Record<string, unknown>>

/** The fields of its own profile that a user may write, with the longest text each takes. */
export const profileFields = {
  bio: 450,
  location: 60,
  occupation: 60,
  organization: 60,
  slack_username: 60,
  social_media_links: 400,
  skills: 450,
  interests: 150,
  resume_url: 200,
  photo_url: 200,
} as const

/** Each returns what is wrong in one sentence, or undefined. */
export function registrationProblem(fields: Fields): string | undefined {
  for (const field of REQUIRED) if (fields[field] === undefined) return missing(field)
  const { name, username, password, email } = fields
  return (
    nameProblem(name) ??
    usernameProblem(username) ??
    passwordProblem(password) ??
    (typeof email === 'string' && EMAIL.test(email) ? undefined : 'The email is not valid.') ??
    (fields.terms_and_conditions_checked === true
      ? undefined
      : 'The terms and conditions have to be accepted.')
  )
}

export function profileProblem(fields: Fields): string | undefined {
  if (Object.keys(fields).length === 0) return 'There is nothing to update.'
  if (fields.name && nameProblem(fields.name)) return nameProblem(fields.name)
  if (fields.username && usernameProblem(fields.username)) {
    return usernameProblem(fields.username)
  }
  for (const [field, longest] of Object.entries(profileFields)) {
    const value = fields[field]
    if (value && (typeof value !== 'string' || value.length > longest)) {
      return `The field ${field} takes at most ${longest} characters.`
    }
  }
  for (const field of ['need_mentoring', 'available_to_mentor']) {
    const value = fields[field]
    if (value !== undefined && typeof value !== 'boolean') return `The field ${field} is not valid.`
  }
  return undefined
}

export function newPasswordProblem(fields: Fields): string | undefined {
  for (const field of ['current_password', 'new_password']) {
    if (typeof fields[field] !== 'string') return missing(field)
  }
  if (fields.current_password === fields.new_password) {
    return 'The new password is the current one.'
  }
  return passwordProblem(fields.new_password)
}

export function isEmail(text: string): boolean {
  return EMAIL.test(text)
}

function nameProblem(name: unknown): string | undefined {
  return (
    lengthProblem('name', name, 2, 30) ??
    (/^[a-z\s-]+$/i.test(String(name)) ? undefined : 'The name is not valid.')
  )
}

function usernameProblem(username: unknown): string | undefined {
  return (
    lengthProblem('username', username, 5, 25) ??
    (/^\w+$/.test(String(username)) ? undefined : 'The username is not valid.')
  )
}

function passwordProblem(password: unknown): string | undefined {
  const spaces = typeof password === 'string' && password.includes(' ')
  return spaces ? 'A password has no spaces.' : lengthProblem('password', password, 8, 64)
}

function lengthProblem(field: string, value: unknown, least: number, most: number) {
  const length = typeof value === 'string' ? value.replace(/\s/g, '').length : -1
  if (length >= least && length <= most) return undefined
  return `The field ${field} takes ${least} to ${most} characters.`
}

function missing(field: string): string {
  return `The field ${field} is missing.`
}

const REQUIRED: readonly string[] = [
  'name',
  'username',
  'password',
  'email',
  'terms_and_conditions_checked',
]
const EMAIL = /^[\w.+-]+@[a-z0-9-]+\.[a-z0-9.-]+$/i
