// The operators' listener: its own port, which the public never reaches.
import { isIP } from 'node:net'
import Fastify from 'fastify'
import { isLoopback } from './config/addresses.ts'
import type { Config } from './config/config.ts'
import { type OperatorsOptions, operatorsPlugIn } from './http/health.ts'
import { operatorsSessions } from './http/operators-sessions.ts'
import { ownAddressOnly } from './http/own-address.ts'
import { unreadBodies } from './http/request-bodies.ts'
import type { Desk } from './session/desk.ts'

export interface Operators {
  /** `http://127.0.0.1:3001` */
  readonly url: string
  close(): Promise<void>
}

export interface OperatorsAnswers extends Pick<OperatorsOptions, 'readiness' | 'metrics'> {
  readonly desk: Desk
}

/** Rejects where the port cannot be had. `config.operators` says where. */
export async function openOperators(
  { host, port, token }: NonNullable<Config['operators']>,
  { providers }: Pick<Config, 'providers'>,
  { desk, ...answers }: OperatorsAnswers,
): Promise<Operators> {
  const app = Fastify({ logger: false, forceCloseConnections: true })
  unreadBodies(app)
  await app.register(async (all) => {
    // Who knows the token may come by any name.
    if (!token) ownAddressOnly(all, (name) => isOwnName(name, host))
    await operatorsPlugIn(all, { token, ...answers })
    await all.register(operatorsSessions, {
      desk,
      providers: providers.map(({ name }) => name),
    })
  })
  const url = await app.listen({ host, port })
  return { url, close: () => app.close() }
}

/** Whether nobody else can have made `name` lead here: rebinding takes a name, and an address is none. */
function isOwnName(name: string, host: string): boolean {
  return isLoopback(name) || isIP(name) !== 0 || name.toLowerCase() === host.toLowerCase()
}
