// The configuration that Coatcheck is measured under: defaults, but for what a bench cannot live with.
import { PUBLIC_ORIGIN } from './browser.ts'

export interface GatewayConfig {
  readonly store: string
  readonly upstream: string
  /** 0 for any. */
  readonly port: number
  readonly access: boolean
}

export function gatewayConfig({ store, upstream, port, access }: GatewayConfig): string {
  return `
publicOrigin: ${PUBLIC_ORIGIN}
listen: { host: 127.0.0.1, port: ${port} }
operators: { host: 127.0.0.1, port: 0 }
store: { kind: sqlite, path: ${store} }
log: { access: ${access} }
limits: { signInPerAddress: 1000000 }
providers:
  main: { kind: password, signIn: { url: "${upstream}/login" } }
routes:
  - { prefix: /api, upstream: "${upstream}/api", provider: main }
`
}
