// The people the demo upstream knows: their profiles, passwords (digested) and notes.
import { hash } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { type Fields, isEmail } from './demo-rules.ts'
import { demoPassword, type Persona } from './personas.ts'

export interface Note {
  readonly id: number
  readonly text: string
  /** Epoch milliseconds. */
  readonly createdAt: number
}

export interface Person {
  readonly id: number
  username: string
  name: string
  readonly email: string
  readonly registeredAt: number
  verifiedAt: number | undefined
  passwordDigest: string
  readonly confirmation: string
  readonly profile: Map<string, unknown>
  readonly notes: Note[]
}

export interface DemoPeople {
  byId(id: number | string): Person | undefined
  /** By username, or by e-mail where `login` is one; undefined when the password is not theirs. */
  authenticate(login: string, password: string): Person | undefined
  byUsername(username: string): Person | undefined
  byEmail(email: string): Person | undefined
  byConfirmation(token: string): Person | undefined
  /** Takes fields that passed `registrationProblem`; the person is not verified yet. */
  register(fields: Fields): Person
  verify(person: Person): void
  rename(person: Person, username: string): void
  setPassword(person: Person, password: string): void
  addNote(person: Person, text: string): Note
  remove(person: Person): void
  all(): Iterable<Person>
}

export interface DemoPeopleOptions {
  readonly clock: Clock
  readonly random: Random
  readonly personas: readonly Persona[]
  /** True: whoever is unknown is made up on sign-in, and every password is right except `wrong`. */
  readonly anybody: boolean
}

export function createDemoPeople(options: DemoPeopleOptions): DemoPeople {
  const { clock, random, anybody } = options
  const salt = random(16).toString('hex')
  const people = new Map<number, Person>()
  const usernames = new Map<string, Person>()
  let lastId = 0
  let lastNote = 0

  const digest = (password: string) => hash('sha256', `${salt}${password}`)

  const add = (fields: { username: string; name: string; email: string; password: string }) => {
    const person: Person = {
      id: ++lastId,
      username: fields.username,
      name: fields.name,
      email: fields.email,
      registeredAt: clock.now(),
      verifiedAt: undefined,
      passwordDigest: digest(fields.password),
      confirmation: random(24).toString('base64url'),
      profile: new Map(),
      notes: [],
    }
    people.set(person.id, person)
    usernames.set(person.username, person)
    return person
  }

  const find = (is: (person: Person) => boolean) => Array.from(people.values()).find(is)
  const byEmail = (email: string) => find((person) => person.email === email)

  const addNote = (person: Person, text: string) => {
    const note = { id: ++lastNote, text, createdAt: clock.now() }
    person.notes.push(note)
    if (person.notes.length > NOTES_KEPT) person.notes.shift()
    return note
  }

  for (const { username, name, email, note } of options.personas) {
    const person = add({ username, name, email, password: demoPassword })
    person.verifiedAt = person.registeredAt
    addNote(person, note)
  }

  return {
    byId: (id) => (typeof id === 'number' ? people.get(id) : undefined),

    authenticate(login, password) {
      const person = isEmail(login) ? byEmail(login) : usernames.get(login)
      if (!anybody) return person?.passwordDigest === digest(password) ? person : undefined
      if (password === 'wrong') return undefined
      if (person) return person
      const made = add({ username: login, name: login, email: `${login}@example.org`, password })
      made.verifiedAt = made.registeredAt
      return made
    },

    byUsername: (username) => usernames.get(username),
    byEmail,
    byConfirmation: (token) => find((person) => person.confirmation === token),

    register({ username, name, email, password, ...rest }) {
      const person = add({
        username: String(username),
        name: String(name),
        email: String(email),
        password: String(password),
      })
      for (const field of ['need_mentoring', 'available_to_mentor']) {
        if (typeof rest[field] === 'boolean') person.profile.set(field, rest[field])
      }
      return person
    },

    verify(person) {
      person.verifiedAt = clock.now()
    },

    rename(person, username) {
      usernames.delete(person.username)
      person.username = username
      usernames.set(username, person)
    },

    setPassword(person, password) {
      person.passwordDigest = digest(password)
    },

    addNote,

    remove(person) {
      people.delete(person.id)
      usernames.delete(person.username)
    },

    all: () => people.values(),
  }
}

const NOTES_KEPT = 100
