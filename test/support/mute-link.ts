// Stands between a client and a server and can go silent: connections stay open, and nothing comes through any more.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface MuteLink extends AsyncDisposable {
  readonly port: number
  /** Nothing that the server says comes through on the connections that `which` is true of, from here on. */
  mute(which: (sent: string) => boolean): number
  /** Ends every connection as the server would: without a word. */
  cutAll(): void
}

export async function openMuteLink(target: { host: string; port: number }): Promise<MuteLink> {
  const links = new Set<{ client: Socket; server: Socket; sent: string; muted: boolean }>()
  const listener = createServer((client) => {
    const server = connect(target.port, target.host)
    const link = { client, server, sent: '', muted: false }
    links.add(link)
    client.on('data', (chunk) => {
      if (link.sent.length < 10_000) link.sent += chunk.toString('latin1')
      server.write(chunk)
    })
    server.on('data', (chunk) => link.muted || client.write(chunk))
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => {})
      one.on('close', () => {
        links.delete(link)
        other.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  const cutAll = () => {
    for (const { server } of links) server.destroy()
  }
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    mute(which) {
      const chosen = [...links].filter(({ sent }) => which(sent))
      for (const link of chosen) link.muted = true
      return chosen.length
    },
    cutAll,
    async [Symbol.asyncDispose]() {
      cutAll()
      listener.close()
      for (const { client } of links) client.destroy()
    },
  }
}
