// The effective configuration as a file that says the same again, with every secret masked.
import { stringify } from 'yaml'
import type {
  Config,
  ConfirmProviderConfig,
  PasswordProviderConfig,
  QaConfig,
  RedisStoreConfig,
  RouteConfig,
  StoreConfig,
  TokenPlace,
} from './config.ts'
import { formatDuration, formatSize } from './durations.ts'

const MASK = '[secret]'

/** YAML in the shape of the configuration file. */
export function printConfig(config: Config): string {
  const { providers, confirm = [], routes, timeouts, limits, session } = config
  return stringify(
    {
      publicOrigin: config.publicOrigin,
      insecureHttp: config.insecureHttp,
      listen: config.listen,
      operators: config.operators
        ? { ...config.operators, ...(config.operators.token ? { token: MASK } : {}) }
        : false,
      workers: config.workers,
      cookie: { keys: config.cookie.keys.map(() => MASK), sameSite: config.cookie.sameSite },
      session: {
        idle: formatDuration(session.idleMs),
        lifetime: formatDuration(session.lifetimeMs),
      },
      store: storeOf(config.store),
      trustProxy: config.trustProxy,
      csrf: config.csrf,
      pages: config.pages,
      timeouts: { ...timeoutsOf(timeouts), provider: formatDuration(timeouts.providerMs) },
      limits: {
        signInPerAddress: limits.signInPerAddress,
        signInPerAccount: limits.signInPerAccount,
        window: formatDuration(limits.windowMs),
      },
      log: config.log,
      claims: config.claims,
      ...(config.qa ? { qa: qaOf(config.qa) } : {}),
      nearCache: config.nearCache,
      ...(providers.length + confirm.length > 0
        ? {
            providers: Object.fromEntries([
              ...providers.map((one) => [one.name, providerOf(one)]),
              ...confirm.map((one) => [one.name, confirmOf(one)]),
            ]),
          }
        : {}),
      routes: routes.map(routeOf),
      static: config.static,
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  )
}

function qaOf({ personas, token, badge }: QaConfig) {
  const shown = personas.map(
    ({ name, fields: _, ...facts }) => [name, { ...facts, password: MASK }] as const,
  )
  return { personas: Object.fromEntries(shown), ...(token ? { token: MASK } : {}), badge }
}

function storeOf(store: StoreConfig) {
  if (store.kind !== 'redis') return store
  const { kind, tls, prefix, timeoutMs, sentinelPassword } = store
  return {
    kind,
    url: redisAddressOf(store),
    ...(tls === undefined ? {} : { tls }),
    ...(sentinelPassword ? { sentinelPassword: MASK } : {}),
    prefix,
    timeout: formatDuration(timeoutMs),
  }
}

function redisAddressOf({ mode, tls, nodes, master, username, password, db }: RedisStoreConfig) {
  const scheme = `redis${tls === undefined ? '' : 's'}${mode === 'standalone' ? '' : `+${mode}`}`
  const signIn = `${username ?? ''}${password ? `:${MASK}` : ''}`
  const hosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
  const path = [...(master === undefined ? [] : [master]), ...(db === 0 ? [] : [`${db}`])].join('/')
  return `${scheme}://${signIn === '' ? '' : `${signIn}@`}${hosts.join(',')}${path === '' ? '' : `/${path}`}`
}

function timeoutsOf({ connectMs, responseMs, idleMs }: RouteConfig['timeouts']) {
  return {
    connect: formatDuration(connectMs),
    response: formatDuration(responseMs),
    idle: formatDuration(idleMs),
  }
}

function routeOf(route: RouteConfig) {
  return {
    [route.match]: route.at,
    upstream: addressOf(route.upstream),
    auth: route.auth,
    ...(route.provider === undefined ? {} : { provider: route.provider }),
    cache: route.cache,
    cookies: route.cookies,
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: formatSize(route.bodyLimit) }),
    csrf: route.csrf,
    passive: route.passive,
    timeouts: timeoutsOf(route.timeouts),
    ...authorityOf(route.ca),
  }
}

function providerOf(provider: PasswordProviderConfig) {
  const { signIn, tokens, refresh, revoke, send } = provider
  return {
    kind: provider.kind,
    signIn: {
      ...signIn,
      url: addressOf(signIn.url),
      alsoSend: masked(signIn.alsoSend, () => true),
    },
    tokens: {
      access: tokens.access.map(placeOf),
      refresh: tokens.refresh.map(placeOf),
      expiresIn: tokens.expiresIn.map(placeOf),
    },
    ...(refresh
      ? { refresh: { url: addressOf(refresh.url), ...authorizeOf(refresh.authorize) } }
      : {}),
    ...(revoke ? { revoke: { url: addressOf(revoke.url), bearer: revoke.bearer } } : {}),
    identity: identityOf(provider.identity),
    send: 'template' in send ? send.template : send,
    timeout: formatDuration(provider.timeoutMs),
    ...authorityOf(provider.ca),
  }
}

function confirmOf(provider: ConfirmProviderConfig) {
  const { validate, issuer, push } = provider
  const { signIn: _, timeout: __, kind: ___, ...own } = providerOf(issuer)
  const borrowed = issuer.name !== provider.name
  return {
    kind: provider.kind,
    validate: {
      url: addressOf(validate.url),
      body: masked(validate.body, (value) => !/\{(token|id)\}/.test(value)),
      format: validate.format,
    },
    ...(provider.valid === undefined ? {} : { valid: provider.valid }),
    ...(borrowed ? { for: issuer.name, tokens: own.tokens, identity: own.identity } : own),
    within: formatDuration(provider.withinMs),
    timeout: formatDuration(provider.timeoutMs),
    ...(provider.secret ? { secret: MASK } : {}),
    confirm: provider.confirm,
    ...(provider.account === undefined ? {} : { account: provider.account }),
    ...(push ? { push: { pusher: { ...push, secret: MASK } } } : {}),
  }
}

function identityOf(identity: PasswordProviderConfig['identity']) {
  if ('claims' in identity) return { claim: identity.claims, name: identity.nameClaims }
  const { url, sub, name } = identity
  return { url: addressOf(url), sub, ...(name === undefined ? {} : { name }) }
}

function authorizeOf(authorize: NonNullable<PasswordProviderConfig['refresh']>['authorize']) {
  const isSecret = (value: string) => !/\{(access|refresh)\}/.test(value)
  if ('form' in authorize) return { form: masked(authorize.form, isSecret) }
  if ('json' in authorize) return { json: masked(authorize.json, isSecret) }
  return authorize
}

function placeOf(place: TokenPlace) {
  return 'pointer' in place ? place.pointer : place
}

function masked(values: Readonly<Record<string, string>>, isSecret: (value: string) => boolean) {
  const entries = Object.entries(values)
  return Object.fromEntries(entries.map(([key, value]) => [key, isSecret(value) ? MASK : value]))
}

/** A query often holds a key. */
function addressOf(url: URL): string {
  if (url.search !== '') return `${url.origin}${url.pathname}?${MASK}`
  return url.pathname === '/' ? url.origin : `${url.origin}${url.pathname}`
}

function authorityOf(ca: string | undefined) {
  return ca === undefined ? {} : { tls: { ca } }
}
