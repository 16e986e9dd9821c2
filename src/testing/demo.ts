// The demo's upstream and its four people, as settings of a gateway and as owners of what they are told.
import type { ConfigFile } from '../config/schema.ts'
import { demoPassword, personas } from '../qa/personas.ts'

export function demoSettings(upstream: string): Pick<ConfigFile, 'upstream' | 'providers' | 'qa'> {
  return {
    upstream,
    providers: {
      main: {
        refresh: { url: `${upstream}/refresh` },
        identity: { url: `${upstream}/user`, sub: '/id', name: '/name' },
      },
    },
    qa: {
      personas: Object.fromEntries(
        personas.map(({ username, color }) => [
          username,
          { password: demoPassword, colour: color },
        ]),
      ),
    },
  }
}

export function demoOwners(): Record<string, readonly string[]> {
  return Object.fromEntries(
    personas.map(({ username, name, email, note }) => [username, [name, email, note]]),
  )
}
