// Publishes an outcome to a Pusher-compatible service: a word, and the reason's word, nothing else.
import Pusher from 'pusher'
import type { PusherConfig } from '../config/config.ts'
import type { Outcome } from '../session/pending.ts'

const TIMEOUT_MS = 5000

/** Rejects when it could not be published. */
export type Publish = (channel: string, outcome: Outcome) => Promise<void>

export function createPusher(config: PusherConfig): Publish {
  const { appId, key, secret, cluster, host, port, tls } = config
  const common = { appId, key, secret: secret.reveal(), useTLS: tls, timeout: TIMEOUT_MS }
  const where = host === undefined ? { cluster: cluster ?? '' } : { host }
  const pusher = new Pusher({
    ...common,
    ...where,
    ...(port === undefined ? {} : { port: String(port) }),
  } as Pusher.Options)
  return async (channel, outcome) => {
    const [event, data] =
      outcome.kind === 'signed_in'
        ? (['signin.active', {}] as const)
        : (['signin.refused', { reason: outcome.reason }] as const)
    await pusher.trigger(channel, event, data)
  }
}
