// Which Host we answer to. The configured public origin alone decides; the request only has to match it (RFC 9110, 7.4).

export interface Hosts {
  /** Ours, whatever was asked. */
  readonly publicOrigin: string
  /** The origin a request with this Host header was sent to; undefined when that is not ours. */
  originOf(host: string | undefined): string | undefined
  /** For whoever came by another name: where to go. Absent where that is nobody's business but the operator's. */
  readonly advice: string | undefined
}

/** With `http://localhost:PORT` every `<name>.localhost:PORT` is ours too: one browser, many people. */
export function createHosts(publicOrigin: string): Hosts {
  const { protocol, hostname, host, port } = new URL(publicOrigin)
  const defaultPort = protocol === 'https:' ? '443' : '80'
  const withPort = `${hostname}:${port || defaultPort}`
  const loopbackFamily = publicOrigin.startsWith('http://') && hostname === 'localhost'
  const onThisMachine = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
  const named = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.localhost(:\d{1,5})?$/

  return {
    publicOrigin,
    advice: onThisMachine ? `Open ${publicOrigin} instead` : undefined,
    originOf(received) {
      if (received === host) return publicOrigin
      if (received === undefined) return undefined
      const lower = received.toLowerCase()
      if (lower === host || lower === withPort) return publicOrigin
      if (!loopbackFamily) return undefined
      const match = named.exec(lower)
      if (!match || (match[1]?.slice(1) ?? '80') !== (port || '80')) return undefined
      return `${protocol}//${lower}`
    },
  }
}
