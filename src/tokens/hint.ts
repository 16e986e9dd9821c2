// Names what an answer holds, never a value of it, and the setting to write, for whoever has to write it. Pure.
import type { PasswordProviderConfig } from '../config/config.ts'
import { plainText } from './plain-text.ts'
import { pointerStep } from './pointer.ts'

const MAX_KEYS = 20
const MAX_DEPTH = 4
const MAX_KEY = 60

export interface KeysSeen {
  /** JSON Pointers of the values in a body, the shallow ones first; 20 at most, each of 60 characters at most. */
  readonly pointers: readonly string[]
  /** The first pointer to a string whose name sounds like a token's. */
  readonly likely: string | undefined
}

/** `isSecret` picks names that must not be told, because somebody put a secret in their place. */
export function keysSeen(document: unknown, isSecret: (key: string) => boolean): KeysSeen {
  const pointers: string[] = []
  let likely: string | undefined
  let level: Array<readonly [pointer: string, value: unknown]> = [['', document]]
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const below: typeof level = []
    for (const [pointer, value] of level) {
      if (typeof value !== 'object' || value === null || pointers.length >= MAX_KEYS) continue
      for (const [key, member] of Object.entries(value).slice(0, MAX_KEYS)) {
        const name = isSecret(key) || key.length > MAX_KEY ? undefined : plainText(key, MAX_KEY)
        if (name === undefined) continue
        const at = `${pointer}/${pointerStep(name)}`
        if (typeof member === 'object' && member !== null) below.push([at, member])
        else pointers.push(at)
        if (typeof member === 'string' && /token|jwt/i.test(name)) likely ??= at
      }
    }
    level = below
  }
  return { pointers: pointers.slice(0, MAX_KEYS), likely }
}

/** What a shell and YAML take as it is. */
const PLAIN = /^[\w./~-]+$/

/** `write …`, and where there is a value for it, a line for the configuration file and a variable that say so. */
export function writeSetting(
  provider: string,
  setting: readonly string[],
  value: string | undefined,
): string {
  const path = ['providers', provider, ...setting]
  const plainly = `write ${path.join('.')}`
  if (value === undefined) return plainly
  const shown = PLAIN.test(value) ? value : JSON.stringify(value)
  const [top = '', ...inner] = path
  const line = `${top}: ${inner.reduceRight((rest, key) => `{ ${key}: ${rest} }`, shown)}`
  const example = `${plainly}, for example ${line} in the configuration file`
  // Names with other marks are not names of variables everywhere.
  if (shown !== value || !/^[A-Za-z0-9]+$/.test(provider)) return example
  return `${example}, or ${['COATCHECK', ...path].join('__').toUpperCase()}=${value} in the environment`
}

/** Which setting says where users sign in, and what it says, without a query. */
export function signInSetting({ name, signIn }: PasswordProviderConfig): string {
  const full = `providers.${name}.signIn.url`
  const setting = name === 'main' ? `signIn (--sign-in), or ${full}` : full
  return `${setting}: it is ${signIn.url.origin}${signIn.url.pathname}`
}
