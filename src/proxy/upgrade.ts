// A request that asks to go on as something else than HTTP: its connection, until somebody takes it over.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

export interface Upgrade {
  /**
   * Hands over the bare connection and what has arrived on it since the request; nothing may have been answered.
   * Undefined once the browser has left.
   */
  take(): { readonly socket: Socket; readonly head: Buffer } | undefined
}

const UPGRADE = Symbol('upgrade')

interface Upgrading extends IncomingMessage {
  [UPGRADE]?: Upgrade
}

export function setUpgrade(req: IncomingMessage, upgrade: Upgrade): void {
  const upgrading: Upgrading = req
  upgrading[UPGRADE] = upgrade
}

/** Undefined for an ordinary request. */
export function upgradeOf(req: IncomingMessage): Upgrade | undefined {
  const upgrading: Upgrading = req
  return upgrading[UPGRADE]
}
