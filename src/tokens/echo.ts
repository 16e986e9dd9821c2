// Recognises what a person typed in secret when a provider says it back. Pure.

/** A plain word is no secret to look for: "Username or password is wrong." repeats what many a form sends. */
const PLAIN_WORD = /^[a-z_]{0,16}$/i
/** Shorter values are recognised only where they stand alone: "12" is part of too much. */
const MIN_EMBEDDED = 4

/** Tells whether a text holds one of the values in `fields`; those of the fields named in `account` may be told. */
export function createEchoTest(
  fields: Readonly<Record<string, unknown>>,
  account: readonly string[],
): (text: string) => boolean {
  const secrets = new Set<string>()
  const open: Array<readonly [name: string, value: unknown]> = Object.entries(fields)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [name, value] = next
    if (typeof value === 'object' && value !== null) open.push(...Object.entries(value))
    else if (!account.includes(name) && isSecret(value)) secrets.add(String(value))
  }
  const list = [...secrets]
  return (text) =>
    secrets.has(text) ||
    list.some((secret) => secret.length >= MIN_EMBEDDED && text.includes(secret))
}

function isSecret(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && !PLAIN_WORD.test(value))
}
