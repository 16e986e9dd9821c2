// The file as it was written → the Config that the program runs on.
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { checkAcross, type Placed } from './across.ts'
import type { Config, StaticConfig } from './config.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import { parseDuration, parseSize } from './durations.ts'
import {
  isOwnMachine,
  resolveListen,
  resolveOperators,
  resolveOrigin,
  resolveWorkers,
} from './listeners.ts'
import { resolveConfirm } from './resolve-confirm.ts'
import { resolveOutages } from './resolve-outages.ts'
import { resolveProvider } from './resolve-provider.ts'
import { resolveQa } from './resolve-qa.ts'
import { resolveRoute } from './resolve-route.ts'
import { resolveStore } from './resolve-store.ts'
import type { ConfigFile, StaticFile } from './schema.ts'
import { writtenKeys } from './secrets.ts'
import { expandShorthand } from './shorthand.ts'

export interface Resolved {
  /** Complete but for keys that are made on this machine. */
  readonly config: Omit<Config, 'warnings' | 'source'>
  readonly needsOwnKeys: boolean
}

/** Reports into `context.problems`; where it did, the result is not to be used. */
export async function resolveConfig(file: ConfigFile, context: Context): Promise<Resolved> {
  const { problems, given } = context
  const listen = resolveListen(file)
  const publicOrigin = resolveOrigin(file, listen, context)
  const { providerMs, ...timeouts } = timeoutsOf(file)
  const csrf = file.csrf ?? defaults.csrf
  const expanded = expandShorthand(file, context)
  const inside: Context = {
    ...context,
    pathOf: (mapping) => expanded.shorthand.get(mapping) ?? context.pathOf(mapping),
  }
  const providers = [...expanded.providers].map(([name, written]) => ({
    what: resolveProvider(name, written, providerMs, inside),
    path: inside.pathOf(written),
  }))
  const confirm = [...expanded.confirm].map(([name, written]) =>
    resolveConfirm(name, written, { providers: expanded.providers, providerMs }, inside),
  )
  const names = [
    ...new Set([...expanded.providers.keys(), ...context.keysOf(['providers'])]),
  ].filter((name) => expanded.confirm.get(name)?.for === undefined)
  const routes = expanded.routes.flatMap((written) => {
    const general = { csrf, timeouts, providers: names, claims: file.claims ?? defaults.claims }
    const what = resolveRoute(written, general, inside)
    return what === undefined ? [] : [{ what, path: inside.pathOf(written) }]
  })
  const statics = await Promise.all(
    listOf(file.static).map((written) => staticOf(written, context)),
  )
  checkAcross({ providers, routes, statics }, context)
  if (!['upstream', 'signIn', 'providers', 'routes', 'static'].some((key) => given([key]))) {
    const message = 'is missing: write upstream: https://api.example.org, or set COATCHECK_UPSTREAM'
    problems.add(['upstream'], message, { part: 'key' })
  }
  const keys = writtenKeys(file, context)
  const keysMissing = keys.length === 0 && !problems.at(['cookie', 'keys'])
  const needsOwnKeys = keysMissing && isOwnMachine(publicOrigin, listen)
  if (keysMissing && !needsOwnKeys && !problems.at(['publicOrigin'])) {
    const message = 'is missing: set COATCHECK_KEYS to what "coatcheck keygen" prints'
    problems.add(['cookie', 'keys'], message, { part: 'key' })
  }
  const store = resolveStore(file, context)
  const workers = resolveWorkers(file, store, context)
  const whole = providers.map(({ what }) => what)
  const trustProxy = file.trustProxy ?? defaults.trustProxy
  const around = {
    publicOrigin,
    listen,
    trustProxy,
    workers,
    providers: whole,
    providerNames: names,
  }
  return {
    needsOwnKeys,
    config: {
      publicOrigin,
      insecureHttp: file.insecureHttp ?? defaults.insecureHttp,
      listen,
      operators: resolveOperators(file, listen, context),
      workers,
      outages: resolveOutages(file, context),
      cookie: { keys, sameSite: file.cookie?.sameSite ?? defaults.cookie.sameSite },
      session: sessionOf(file, context),
      store,
      trustProxy,
      csrf,
      pages: { ...defaults.pages, ...file.pages },
      timeouts: { ...timeouts, providerMs },
      limits: {
        signInPerAddress: file.limits?.signInPerAddress ?? defaults.limits.signInPerAddress,
        signInPerAccount: file.limits?.signInPerAccount ?? defaults.limits.signInPerAccount,
        windowMs: ms(file.limits?.window, defaults.limits.window),
      },
      live: liveOf(file),
      log: { ...defaults.log, ...file.log },
      claims: [...(file.claims ?? defaults.claims)],
      providers: whole,
      ...(confirm.length > 0 ? { confirm } : {}),
      qa: resolveQa(file, around, context),
      routes: routes.map(({ what }) => what),
      static: statics.map(({ what }) => what),
      nearCache: { ...defaults.nearCache, ...file.nearCache },
    },
  }
}

function ms(written: string | undefined, fallback: string): number {
  return parseDuration(written ?? fallback) ?? 0
}

function timeoutsOf({ timeouts }: ConfigFile): Config['timeouts'] {
  return {
    connectMs: ms(timeouts?.connect, defaults.timeouts.connect),
    responseMs: ms(timeouts?.response, defaults.timeouts.response),
    idleMs: ms(timeouts?.idle, defaults.timeouts.idle),
    providerMs: ms(timeouts?.provider, defaults.timeouts.provider),
  }
}

function liveOf({ live }: ConfigFile): Config['live'] {
  return {
    perSession: live?.perSession ?? defaults.live.perSession,
    perProcess: live?.perProcess ?? defaults.live.perProcess,
    pingMs: ms(live?.ping, defaults.live.ping),
    idleMs: parseDuration(live?.idle ?? ''),
    maxMessage: parseSize(live?.maxMessage ?? defaults.live.maxMessage) ?? 0,
  }
}

function sessionOf({ session }: ConfigFile, { problems }: Context): Config['session'] {
  const lifetimeMs = ms(session?.lifetime, defaults.session.lifetime)
  const idleMs = ms(session?.idle, defaults.session.idle)
  if (idleMs <= lifetimeMs) return { idleMs, lifetimeMs }
  const setting = session?.idle === undefined ? 'lifetime' : 'idle'
  problems.add(['session', setting], 'does not fit: idle must not be longer than lifetime')
  return { idleMs, lifetimeMs }
}

function listOf(written: ConfigFile['static']): readonly StaticFile[] {
  if (written === undefined) return []
  return Array.isArray(written) ? written : [written as StaticFile]
}

async function staticOf(written: StaticFile, context: Context): Promise<Placed<StaticConfig>> {
  const path = context.pathOf(written)
  const dir = resolve(context.fileDir, written.dir)
  const kind = await kindOf(dir)
  if (kind !== 'directory') {
    const message =
      'is no directory (it is looked for from the configuration file): build the frontend first'
    context.problems.add([...path, 'dir'], message)
  } else if (
    written.fallback !== undefined &&
    (await kindOf(resolve(dir, written.fallback))) !== 'file'
  ) {
    context.problems.add([...path, 'fallback'], 'is no file in dir: build the frontend first')
  }
  const prefix = written.prefix ?? defaults.static.prefix
  return { what: { prefix, dir, fallback: written.fallback }, path }
}

async function kindOf(path: string): Promise<'file' | 'directory' | 'nothing'> {
  try {
    const facts = await stat(path)
    if (facts.isDirectory()) return 'directory'
    return facts.isFile() ? 'file' : 'nothing'
  } catch {
    return 'nothing'
  }
}
