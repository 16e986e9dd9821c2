// The configuration that Coatcheck is measured under: defaults, but for what a bench cannot live with.
import { PUBLIC_ORIGIN } from './browser.ts'

export interface GatewayConfig {
  /** A file for SQLite, or the URL of a Redis. */
  readonly store: string
  /** Sessions remembered in memory; default: the gateway's own. */
  readonly near?: number
  readonly upstream: string
  /** 0 for any. */
  readonly port: number
  readonly access: boolean
}

export function gatewayConfig({ store, near, upstream, port, access }: GatewayConfig): string {
  const kept = store.includes('://') ? `kind: redis, url: ${store}` : `kind: sqlite, path: ${store}`
  return `
publicOrigin: ${PUBLIC_ORIGIN}
listen: { host: 127.0.0.1, port: ${port} }
operators: { host: 127.0.0.1, port: 0 }
store: { ${kept} }
${near === undefined ? '' : `nearCache: { sessions: ${near} }`}
log: { access: ${access} }
live: { perSession: 100000 }
limits: { signInPerAddress: 1000000 }
providers:
  main: { kind: password, signIn: { url: "${upstream}/login" } }
routes:
  - { prefix: /api, upstream: "${upstream}/api", provider: main }
`
}
