// The address to listen on for a host as people write it.

/** Node listens twice for `localhost`, and the second listener cannot be drained like the first. */
export function listeningHost(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host
}
