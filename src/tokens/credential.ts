// Writes the header that carries an access token upward. Pure.
import type { SendConfig } from '../config/config.ts'
import type { Provider } from './provider.ts'

/** Name in lower case. The template's every `{access}` becomes the token. */
export function createCredential(send: SendConfig): Provider['credential'] {
  if ('cookie' in send) {
    const start = `${send.cookie}=`
    return ({ access }) => ['cookie', start + access]
  }
  const [before = '', ...parts] = send.template.split('{access}')
  return ({ access }) => [
    'authorization',
    parts.reduce((value, part) => value + access + part, before),
  ]
}

/** False when `access` would end its cookie and begin another (RFC 6265 section 4.2.1). */
export function fitsCredential(send: SendConfig, access: string): boolean {
  return !('cookie' in send && access.includes(';'))
}
