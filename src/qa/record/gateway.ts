// The recorder of one gateway, made from its configuration.
import type { Config } from '../../config/config.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Observers } from '../../proxy/observe.ts'
import { createRecorder, type Recorder } from './recorder.ts'

export interface GatewayRecorderOptions {
  readonly config: Pick<Config, 'publicOrigin' | 'qa' | 'routes'>
  readonly observers: Observers
  readonly clock: Clock
  readonly version: string
  onError(error: unknown): void
}

export function createGatewayRecorder(options: GatewayRecorderOptions): Recorder {
  const { config, observers, clock, version, onError } = options
  const owners = config.routes.flatMap(({ match, at, owner }) => {
    const pattern = match === 'path' ? at : `${at === '/' ? '' : at}/*`
    return owner ? [[pattern, owner] as const] : []
  })
  const personas = (config.qa?.personas ?? []).map(
    ({ username, name }) => [username, name] as const,
  )
  return createRecorder({
    observers,
    clock,
    version,
    origin: config.publicOrigin,
    owners: new Map(owners),
    personas: new Map(personas),
    onError,
  })
}
