// Where the gateway listens, with how many processes, and the one origin that browsers see.
import { availableParallelism } from 'node:os'
import { Secret } from '../lib/secret.ts'
import { isLoopback } from './addresses.ts'
import type { Config, StoreConfig } from './config.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import type { ConfigFile } from './schema.ts'
import { variable } from './sources.ts'

export function resolveListen(file: ConfigFile): Config['listen'] {
  return {
    host: file.listen?.host ?? defaults.listen.host,
    port: file.listen?.port ?? defaults.listen.port,
  }
}

export function resolveOperators(
  file: ConfigFile,
  listen: Config['listen'],
  { problems, given }: Context,
): Config['operators'] {
  const written = file.operators ?? {}
  if (written === false) return undefined
  const host = written.host ?? defaults.operators.host
  const usual = defaults.operators.port
  const port = written.port ?? (listen.port === usual ? usual + 1 : usual)
  if (port !== 0 && port === listen.port) {
    problems.add(['operators', 'port'], 'is the port of listen too: choose another one')
  }
  if (!isLoopback(host) && written.token === undefined && !given(['operators', 'token'])) {
    const message = "is missing: off loopback the operators' listener needs a token"
    problems.add(['operators', 'token'], message, { part: 'key' })
  }
  return written.token === undefined
    ? { host, port }
    : { host, port, token: new Secret(written.token) }
}

/** Always 1 where processes could not share what `store` holds. */
export function resolveWorkers(
  file: ConfigFile,
  store: StoreConfig,
  { problems }: Context,
): number {
  const written = file.workers ?? defaults.workers
  // `auto` too, even where it would be one: a configuration is good or not, on every machine alike.
  if (written !== 1 && store.kind === 'memory' && !problems.at(['store'])) {
    const message =
      'needs a store that processes share, and memory is not: write store: { kind: sqlite }, or workers: 1'
    problems.add(['workers'], message)
    return 1
  }
  return written === 'auto' ? availableParallelism() : written
}

/** An empty string stands for an origin that is itself a problem. */
export function resolveOrigin(
  file: ConfigFile,
  listen: Config['listen'],
  { problems, given, env, warn }: Context,
): string {
  const insecure = file.insecureHttp ?? defaults.insecureHttp
  const production = variable(env, 'NODE_ENV') === 'production'
  if (insecure && production) {
    problems.add(['insecureHttp'], 'is refused with NODE_ENV=production: use https')
  }
  if (file.publicOrigin === undefined) {
    if (given(['publicOrigin'])) return ''
    const missing = (why: string) =>
      problems.add(['publicOrigin'], `is missing: ${why}`, { part: 'key' })
    if (!isLoopback(listen.host)) missing('off loopback, write the origin that browsers see')
    else if (listen.port === 0) missing('it cannot be guessed when listen.port is 0')
    else if (production)
      missing('with NODE_ENV=production, set COATCHECK_PUBLIC_ORIGIN to what browsers see')
    return `http://localhost:${listen.port}`
  }
  const { origin, protocol, hostname } = new URL(file.publicOrigin)
  const exposed = protocol === 'http:' && !isLoopback(hostname)
  if (exposed && !insecure) {
    const message =
      'must be https: plain http is for this machine only (insecureHttp: true in tests)'
    problems.add(['publicOrigin'], message)
  } else if (exposed) {
    warn('insecureHttp: anybody on the way can read cookies and tokens; use https outside tests')
  } else if (insecure) {
    warn('insecureHttp has no effect with this publicOrigin; remove it')
  }
  return origin
}

/** True where one machine is all there is: its own browser, its own listener. */
export function isOwnMachine(origin: string, listen: Config['listen']): boolean {
  return isLoopback(listen.host) && URL.canParse(origin) && isLoopback(new URL(origin).hostname)
}
