// What an application imports to have the gateway inside: the Fastify plug-in, a whole gateway, its configuration.
import { type Loaded, type LoadOptions, loadConfig as load } from './config/load.ts'
import { systemRandom } from './lib/random.ts'

export { type Coatcheck, type CoatcheckOptions, coatcheck } from './app.ts'
export type { Config } from './config/config.ts'
export { type Gateway, openGateway } from './gateway.ts'
export type { Loaded }

export type LoadConfigOptions = Omit<LoadOptions, 'random'> & Partial<Pick<LoadOptions, 'random'>>

/**
 * Reads the configuration as `coatcheck serve` does: the file, then `env`, then `overrides`. Never rejects for what
 * is written there: `problems` names everything wrong at once.
 */
export function loadConfig(options: LoadConfigOptions): Promise<Loaded> {
  return load({ random: systemRandom, ...options })
}
