// Why a gateway did not start, in one sentence that says what to do.
import type { Config } from '../config/config.ts'

/** `undefined` where the error says nothing that a person could act on by another word. */
export function whyNotStarted(error: unknown, config: Config): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, syscall, port, address, hostname }: ListenError = error
  if (syscall !== 'listen' && syscall !== 'getaddrinfo' && syscall !== 'bind') return undefined
  const { listen, operators } = config
  const place = address ?? hostname
  const isAbout = (one: { host: string; port: number }) =>
    (port === undefined || port === one.port) && (place === undefined || place === one.host)
  const isOperators = operators !== undefined && isAbout(operators) && !isAbout(listen)
  const { host, port: wanted } = isOperators ? operators : listen
  const setting = isOperators ? 'operators' : 'listen'
  const otherPort = isOperators ? 'set operators.port' : 'choose another with --port'
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${wanted} on ${host} is in use: stop what listens there, or ${otherPort}.`
    case 'EACCES':
      return `Port ${wanted} on ${host} is not for this user to open: ${otherPort}, 1024 or above.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `${setting}.host ${host} is no address of this machine: use 127.0.0.1 for this machine alone, 0.0.0.0 for the network.`
    default:
      return undefined
  }
}

interface ListenError extends NodeJS.ErrnoException {
  readonly port?: number
  readonly address?: string
  readonly hostname?: string
}
