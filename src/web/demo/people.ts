// The people of the demo as the page shows them.
import { demoPassword, personas } from '../../qa/personas.ts'

export interface Person {
  readonly username: string
  readonly name: string
  /** What everybody calls them. */
  readonly first: string
  readonly initial: string
}

export { demoPassword }

export const people: readonly Person[] = personas.map(({ username, name }) => ({
  username,
  name,
  first: name.split(' ', 1)[0] ?? name,
  initial: name.slice(0, 1),
}))

/** Somebody for whoever is not one of the demo's four, too. */
export function personNamed(username: string): Person {
  const known = people.find((person) => person.username === username)
  const initial = username.slice(0, 1).toUpperCase()
  return known ?? { username, name: username, first: username, initial }
}

/** By the name that the session tells. */
export function personCalled(name: string): Person {
  return people.find((person) => person.name === name) ?? personNamed(name)
}

/** Whose page this is by its address: alice on `alice.localhost`. */
export function personAt(hostname: string): Person | undefined {
  const name = hostname.split('.', 1)[0]
  return people.find(({ username }) => username === name)
}

/** Who is shown beside this one. */
export function neighbourOf(username: string | undefined): Person {
  return personNamed(username === 'bob' ? 'alice' : 'bob')
}

/** Each name is an origin of its own, so one browser holds them all. */
export function addressOf({ username }: Person): string {
  const { protocol, port } = location
  return `${protocol}//${username}.localhost${port && `:${port}`}/`
}
