// The four people of the demo: who they are, and the one password they share.

export interface Persona {
  readonly username: string
  readonly name: string
  readonly email: string
  /** A CSS colour name, the same wherever the person is shown. */
  readonly color: 'violet' | 'green' | 'orange' | 'blue'
  /** The first note the person finds in the demo. */
  readonly note: string
}

export const personas: readonly Persona[] = [
  persona('alice', 'Alice Ashby', 'violet', 'Water the violets'),
  persona('bob', 'Bob Brook', 'green', 'Book the train to Bergen'),
  persona('carol', 'Carol Chen', 'orange', 'Call the piano tuner'),
  persona('dave', 'Dave Dunn', 'blue', 'Return the blue umbrella'),
]

/** Not a secret: printed by the demo, and good for nothing else. */
export const demoPassword = 'coatcheck-demo'

function persona(username: string, name: string, color: Persona['color'], note: string): Persona {
  return { username, name, email: `${username}@example.org`, color, note }
}
