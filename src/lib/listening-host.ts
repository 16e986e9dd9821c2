// The address to listen on for a host as people write it, and the one to reach it by.

/** Node listens twice for `localhost`, and the second listener cannot be drained like the first. */
export function listeningHost(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host
}

/** Whom to ask, as a URL writes it, for what listens there; where that is everywhere, on this machine. */
export function connectingHost(host: string): string {
  const there = listeningHost(host)
  if (there === '0.0.0.0') return '127.0.0.1'
  if (there === '::') return '[::1]'
  return there.includes(':') ? `[${there}]` : there
}
