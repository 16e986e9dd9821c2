// One provider of the file → what the password provider is built from.
import { authority } from './certificate.ts'
import type { IdentityConfig, PasswordProviderConfig, RefreshConfig, TokenPlace } from './config.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import { parseDuration } from './durations.ts'
import { leaves } from './leaves.ts'
import type { ProviderFile } from './schema.ts'
import type { WholeProvider } from './shorthand.ts'

export function resolveProvider(
  name: string,
  file: WholeProvider,
  timeoutMs: number,
  context: Context,
): PasswordProviderConfig {
  const { signIn, tokens = {} } = file
  const revoke = file.revoke && {
    url: new URL(file.revoke.url),
    bearer: file.revoke.bearer ?? defaults.revoke.bearer,
  }
  const provider: Omit<PasswordProviderConfig, 'ca'> = {
    kind: 'password',
    name,
    signIn: {
      url: new URL(signIn.url),
      also: signIn.also,
      format: signIn.format ?? defaults.signIn.format,
      fields: signIn.fields && { ...signIn.fields },
      alsoSend: { ...signIn.alsoSend },
      account: listOf(signIn.account ?? defaults.signIn.account),
    },
    tokens: {
      access: placesOf(tokens.access ?? defaults.tokens.access),
      refresh: placesOf(tokens.refresh ?? defaults.tokens.refresh),
      expiresIn: placesOf(tokens.expiresIn ?? defaults.tokens.expiresIn),
    },
    refresh: file.refresh && refreshOf(file.refresh, context),
    revoke,
    identity: identityOf(file.identity ?? {}, context),
    send:
      typeof file.send === 'object'
        ? { cookie: file.send.cookie }
        : { template: file.send ?? defaults.send },
    timeoutMs: parseDuration(file.timeout ?? '') ?? timeoutMs,
  }
  if (file.tls === undefined) return { ...provider, ca: undefined }
  const identityUrl = 'url' in provider.identity ? provider.identity.url : undefined
  const urls = [provider.signIn.url, provider.refresh?.url, revoke?.url, identityUrl]
  const where = [...context.pathOf(file.tls), 'ca']
  const called = urls.filter((url) => url !== undefined)
  return { ...provider, ca: authority(file.tls.ca, called, where, context) }
}

function refreshOf(file: NonNullable<ProviderFile['refresh']>, context: Context): RefreshConfig {
  const url = new URL(file.url)
  const path = context.pathOf(file)
  const written = [file.bearer, file.form, file.json].filter((way) => way !== undefined)
  if (written.length > 1) {
    context.problems.add(path, 'must have only one of bearer, form, json', { part: 'key' })
  }
  if (file.form === undefined && file.json === undefined) {
    return { url, authorize: { bearer: file.bearer ?? defaults.refresh.bearer } }
  }
  const [kind, fields] =
    file.form === undefined ? (['json', file.json] as const) : (['form', file.form] as const)
  const marks = Object.values(fields ?? {}).flatMap((value) => value.match(/\{[^{}]*\}/g) ?? [])
  if (!marks.some((mark) => mark === '{refresh}' || mark === '{access}')) {
    const message =
      'must hold {refresh} or {access} in one of its values: nothing else authorises it'
    context.problems.add([...path, kind], message)
  }
  return { url, authorize: kind === 'form' ? { form: { ...fields } } : { json: { ...fields } } }
}

function identityOf(file: NonNullable<ProviderFile['identity']>, context: Context): IdentityConfig {
  const { url, sub, claim, name } = file
  const { problems } = context
  if (url === undefined) {
    if (sub !== undefined) {
      problems.add(
        [...context.pathOf(file), 'sub'],
        'goes with url: write claim for a claim of the token',
      )
    }
    return {
      claims: listOf(claim ?? defaults.identity.claims),
      nameClaims: listOf(name ?? defaults.identity.nameClaims),
    }
  }
  const path = context.pathOf(file)
  if (claim !== undefined) {
    problems.add([...path, 'claim'], 'and url exclude each other: with url, write sub: /id')
  }
  if (sub === undefined && !context.given([...path, 'sub'])) {
    const message = "is missing: with url it says where the user's id stands, such as /id"
    problems.add([...path, 'sub'], message, { part: 'key' })
  }
  const pointer = typeof name === 'string' ? name : undefined
  const complaint =
    typeof name === 'object'
      ? 'must be one JSON Pointer'
      : leaves.pointer.complaint(pointer ?? '/name')
  if (complaint !== undefined) problems.add([...path, 'name'], `with url, ${complaint}`)
  return { url: new URL(url), sub: sub ?? '/id', name: pointer }
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : [...value]
}

type PlaceFile = string | { pointer?: string; header?: string; cookie?: string }

function placesOf(value: PlaceFile | readonly PlaceFile[]): readonly TokenPlace[] {
  const list = Array.isArray(value) ? value : [value]
  return list.map((place: PlaceFile): TokenPlace => {
    if (typeof place === 'string') return { pointer: place }
    if (place.header !== undefined) return { header: place.header.toLowerCase() }
    return place.cookie === undefined ? { pointer: place.pointer ?? '' } : { cookie: place.cookie }
  })
}
