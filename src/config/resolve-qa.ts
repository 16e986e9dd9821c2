// The QA bench of the file → who can be made there, and who may ask for it.
import { Secret } from '../lib/secret.ts'
import type { Config, PasswordProviderConfig, PersonaConfig, QaConfig } from './config.ts'
import type { Context } from './context.ts'
import { isOwnMachine } from './listeners.ts'
import { nearest } from './near.ts'
import { resolveRecord } from './resolve-record.ts'
import type { ConfigFile } from './schema.ts'
import { COLOURS } from './schema-qa.ts'
import { type Env, variable } from './sources.ts'

export interface QaSurroundings
  extends Pick<Config, 'publicOrigin' | 'listen' | 'trustProxy' | 'workers'> {
  /** Those without a fault. */
  readonly providers: readonly PasswordProviderConfig[]
  /** Of every provider that was written, faulty or not. */
  readonly providerNames: readonly string[]
}

type QaFile = NonNullable<ConfigFile['qa']>
type PersonaFile = NonNullable<QaFile['personas']>[string]

/** A label of a host name (RFC 1123, 2.1), so that each has `<name>.localhost`. */
const PERSONA_NAME = /^[a-z]([a-z0-9-]{0,29}[a-z0-9])?$/

/** `undefined` where nothing is written: the bench is off. */
export function resolveQa(
  file: ConfigFile,
  around: QaSurroundings,
  context: Context,
): QaConfig | undefined {
  const { qa } = file
  if (qa === undefined) return undefined
  mayBeOn(qa, around, context)
  const personas = Object.entries(qa.personas ?? {}).map(([name, written], index) =>
    personaOf(name, written, COLOURS[index % COLOURS.length] ?? 'violet', around, context),
  )
  const names = personas.map(({ name }) => name).join(', ') || 'nobody yet, and see who calls what'
  context.warn(`qa: whoever reaches /qa can be ${names}; leave it out where real people sign in`)
  return {
    personas,
    token: qa.token === undefined ? undefined : new Secret(qa.token),
    badge: qa.badge ?? true,
    record: qa.record === undefined ? undefined : resolveRecord(qa.record, context),
  }
}

/** What says that real people sign in there; undefined where nothing does. `env`: as the configuration sees it. */
export function whyRealPeople(publicOrigin: string, env: Env): string | undefined {
  if (variable(env, 'NODE_ENV') === 'production') return 'NODE_ENV=production'
  return publicOrigin.startsWith('https:') ? 'an https publicOrigin' : undefined
}

function mayBeOn(qa: QaFile, around: QaSurroundings, context: Context): void {
  const { problems, given, env } = context
  const { publicOrigin, listen, trustProxy, workers } = around
  const refuse = (why: string) => problems.add(['qa'], why, { part: 'key' })
  if (qa.allow !== true) {
    const where = whyRealPeople(publicOrigin, env)
    if (where !== undefined) {
      refuse(`is refused with ${where}: if no real people sign in there, write qa.allow: true`)
    }
  }
  if (workers > 1) {
    refuse('keeps the tickets of its sessions in one process: write workers: 1')
  }
  if (qa.token === undefined && !given(['qa', 'token'])) {
    const where = isOwnMachine(publicOrigin, listen)
      ? trustProxy > 0 && 'behind a proxy (trustProxy)'
      : 'off loopback'
    const message = `is missing: ${where} the QA bench needs a token`
    if (where) problems.add(['qa', 'token'], message, { part: 'key' })
  }
}

function personaOf(
  name: string,
  written: PersonaFile,
  colour: string,
  around: QaSurroundings,
  context: Context,
): PersonaConfig {
  const path = ['qa', 'personas', name]
  if (!PERSONA_NAME.test(name)) {
    const message = 'must have small letters, digits and hyphens, 31 at most, a letter first'
    context.problems.add(path, message, { part: 'key' })
  }
  const provider = providerOf(written, path, around.providerNames, context)
  const signIn = around.providers.find((one) => one.name === provider)?.signIn
  const { account, password } = fieldNames(signIn)
  return {
    name,
    provider,
    username: written.username ?? name,
    colour: written.colour ?? colour,
    fields: new Secret(
      JSON.stringify({
        [account]: written.username ?? name,
        [password]: written.password,
        ...written.fields,
      }),
    ),
  }
}

/** What the frontend's own form calls the two. */
function fieldNames(signIn: PasswordProviderConfig['signIn'] | undefined) {
  const sent = signIn?.fields === undefined ? undefined : Object.values(signIn.fields)
  const names = (signIn?.account ?? []).filter((name) => !name.startsWith('/'))
  const account = names.find((name) => sent === undefined || sent.includes(name)) ?? names[0]
  const password = sent?.find((name) => /pass|pw/i.test(name)) ?? 'password'
  return { account: account ?? 'username', password }
}

function providerOf(
  { provider }: PersonaFile,
  persona: readonly string[],
  names: readonly string[],
  { problems, given }: Context,
): string {
  const path = [...persona, 'provider']
  if (provider !== undefined) {
    if (names.includes(provider)) return provider
    const there = names.length === 0 ? 'there are none' : `choose from ${names.join(', ')}`
    problems.add(path, `names no provider: ${there}`, { hint: nearest(provider, names) })
  } else if (names.length !== 1 && !given(path)) {
    const message =
      names.length === 0
        ? 'is missing: there is nowhere to sign in; write providers or signIn'
        : `is missing: choose from ${names.join(', ')}`
    problems.add(path, message, { part: 'key' })
  }
  return provider ?? names[0] ?? ''
}
