// The services to try a leak finder on: nine that are broken on purpose, and a sound one.
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'

export interface SampleOptions {
  readonly random: Random
  /** On this machine alone; 0 for any that is free. */
  readonly port: number
  /** What its waits and caches go by; default the machine's. */
  readonly clock?: Clock
}

export interface Sample extends AsyncDisposable {
  /** An origin, without a trailing slash. */
  readonly url: string
}

export type OpenSample = (options: SampleOptions) => Promise<Sample>

/** Everybody whom the samples know; the password is theirs all, and good for nothing else. */
export const people: readonly string[] = ['alice', 'bob', 'carol', 'dave']
export const samplePassword = 'sample-password'

/** Only the one that is meant is loaded. */
export const samples = {
  'shared-jar': async () => (await import('./shared-jar.ts')).openSharedJar,
  'default-header': async () => (await import('./default-header.ts')).openDefaultHeader,
  'cached-set-cookie': async () => (await import('./cached-set-cookie.ts')).openCachedSetCookie,
  'cached-answer': async () => (await import('./cached-answer.ts')).openCachedAnswer,
  'request-race': async () => (await import('./request-race.ts')).openRequestRace,
  desync: async () => (await import('./desync.ts')).openDesync,
  fixation: async () => (await import('./fixation.ts')).openFixation,
  'per-process': async () => (await import('./per-process.ts')).openPerProcess,
  'keep-alive': async () => (await import('./keep-alive.ts')).openKeepAlive,
  none: async () => (await import('./sound.ts')).openSound,
} as const satisfies Record<string, () => Promise<OpenSample>>

export type SampleName = keyof typeof samples

/** What besides whoami is worth reading there. */
const reads: Partial<Record<SampleName, string>> = {
  'shared-jar': '/notes',
  'default-header': '/notes',
  'cached-set-cookie': '/news',
  'cached-answer': '/notes',
  'request-race': '/notes',
  'keep-alive': '/notes',
  none: '/notes',
}

/** The target file to try a sample with. */
export function sampleTarget(name: SampleName, url: string): string {
  const read = reads[name]
  return [
    `target: ${url}`,
    'signIn: { post: /login, json: { username: "{name}", password: "{password}" } }',
    'carry: cookies',
    'whoami: { get: /user, owner: /username, is: "{name}" }',
    ...(read === undefined ? [] : [`reads: [${read}]`]),
    'users:',
    ...people.map((person) => `  - { name: ${person}, password: ${samplePassword} }`),
    '',
  ].join('\n')
}
