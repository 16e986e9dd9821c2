// What a persona signs in with who was signed in before the recording began: no more than its sign-ins send. Pure.
import type { Secrets } from './fill.ts'

export interface EarlierSignIn {
  readonly persona: string
  readonly secrets: Secrets
  /** Whose fields a configuration names: all of them are a sign-in's. */
  readonly configured: ReadonlySet<string>
  /** Names that sign-ins of this recording sent. */
  readonly sent: ReadonlySet<string>
}

const ALWAYS: readonly string[] = ['username', 'account', 'password']

export function fieldsToSignIn(about: EarlierSignIn): Readonly<Record<string, string>> {
  const { persona, secrets, configured, sent } = about
  const known = Object.entries(secrets.get(persona) ?? {})
  if (configured.has(persona)) return Object.fromEntries([['username', persona], ...known])
  const names = [...ALWAYS, ...sent]
  const fields = known.flatMap(([column, value]) =>
    names.filter((name) => wordOf(name) === wordOf(column)).map((name) => [name, value] as const),
  )
  return Object.fromEntries([['username', persona], ...fields])
}

/** `apiKey` and the column `apikey` are one. */
function wordOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '_')
}
