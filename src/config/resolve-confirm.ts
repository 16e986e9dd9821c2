// One provider of kind confirm → what a sign-in by a link is built from.

import { Secret } from '../lib/secret.ts'
import type { ConfirmProviderConfig, PusherConfig } from './config.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import { parseDuration } from './durations.ts'
import { nearest } from './near.ts'
import { resolveProvider } from './resolve-provider.ts'
import type { ProviderFile } from './schema.ts'
import type { WholeConfirm, WholeProvider } from './shorthand.ts'
import type { Path } from './tree.ts'

export interface Around {
  /** Those that users sign in at with what they type. */
  readonly providers: ReadonlyMap<string, WholeProvider>
  readonly providerMs: number
}

/** What only the provider itself says, where the tokens count as another's. */
const ITS_OWN = ['refresh', 'revoke', 'send', 'tls'] as const

export function resolveConfirm(
  name: string,
  file: WholeConfirm,
  around: Around,
  context: Context,
): ConfirmProviderConfig {
  const { problems } = context
  const path = ['providers', name]
  const { validate, push } = file
  const withinMs = ms(file.within, defaults.confirm.within)
  const body = { ...(validate.body ?? defaults.confirm.body) }
  if (!Object.values(body).some((value) => value.includes('{token}'))) {
    problems.add([...path, 'validate', 'body'], 'must hold {token} in one of its values')
  }
  return {
    kind: 'confirm',
    name,
    validate: {
      url: new URL(validate.url),
      body,
      format: validate.format ?? defaults.confirm.format,
    },
    valid: file.valid,
    issuer: issuerOf(name, file, around, context),
    withinMs,
    timeoutMs: Math.min(withinMs, ms(file.timeout, defaults.confirm.timeout)),
    secret: file.secret === undefined ? undefined : new Secret(file.secret),
    confirm: file.confirm ?? defaults.confirm.confirm,
    account: file.account,
    push: push?.pusher && pusherOf(push.pusher, [...path, 'push', 'pusher'], context),
  }
}

function issuerOf(name: string, file: WholeConfirm, around: Around, context: Context) {
  const path = ['providers', name]
  const own = { ...file, kind: 'password' as const, signIn: { url: file.validate.url } }
  if (file.for === undefined) return resolveProvider(name, own, around.providerMs, context)
  const other = around.providers.get(file.for)
  if (other === undefined) {
    const names = [...around.providers.keys()]
    const there = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`
    const message = `names no provider that users sign in at: ${there}`
    context.problems.add([...path, 'for'], message, { hint: nearest(file.for, names) })
    return resolveProvider(name, own, around.providerMs, context)
  }
  for (const key of ITS_OWN) {
    if (file[key] === undefined) continue
    context.problems.add([...path, key], `is said by ${file.for}, whose tokens these are`)
  }
  const { tokens = other.tokens, identity = other.identity } = file
  const whole = {
    ...other,
    ...(tokens === undefined ? {} : { tokens }),
    ...(identity === undefined ? {} : { identity }),
  }
  return resolveProvider(file.for, whole, around.providerMs, context)
}

type PusherFile = NonNullable<NonNullable<ProviderFile['push']>['pusher']>

function pusherOf(file: PusherFile, path: Path, { problems }: Context): PusherConfig {
  const { appId, key, secret, cluster, host, port } = file
  if ((cluster === undefined) === (host === undefined)) {
    problems.add(path, 'must have cluster or host, and not both')
  }
  const tls = file.tls ?? defaults.confirm.pushTls
  return { appId, key, secret: new Secret(secret), cluster, host, port, tls }
}

function ms(written: string | undefined, fallback: string): number {
  return parseDuration(written ?? fallback) ?? 0
}
