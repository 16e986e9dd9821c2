// An address as a log may show it: who is called, and nothing of what is asked there.

/** `api.example.org:443`: the port is there even where it is the scheme's own. */
export function hostPort({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`
}
