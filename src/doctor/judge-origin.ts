// Can browsers come to this origin, and is its cookie as safe there as it can be?
import type { Config } from '../config/config.ts'
import { cookieShape } from '../session/cookie-shape.ts'
import { type Finding, findingsOf } from './finding.ts'

export interface OriginFacts {
  readonly config: Pick<Config, 'publicOrigin' | 'listen' | 'cookie'>
  /** NODE_ENV says so, or the platform. */
  readonly isProduction: boolean
  readonly isLoopback: (host: string) => boolean
}

export function judgeOrigin({ config, isProduction, isLoopback }: OriginFacts): Finding[] {
  const { publicOrigin, listen, cookie } = config
  const origin = findingsOf('origin')
  const cookies = findingsOf('cookie')
  const { protocol, hostname } = new URL(publicOrigin)
  const isHere = isLoopback(hostname)
  const { name } = cookieShape(publicOrigin, cookie.sameSite)
  const sameSite = cookie.sameSite === 'strict' ? 'Strict' : 'Lax'
  const shown = `${name}, SameSite=${sameSite}`

  if (isHere && (isProduction || !isLoopback(listen.host))) {
    const text = `publicOrigin is ${publicOrigin}, which only this machine can open: set COATCHECK_PUBLIC_ORIGIN to the origin that browsers see`
    const found = isProduction ? origin.problem(text) : origin.warning(text)
    return [found, cookies.ok(shown)]
  }
  if (protocol === 'http:' && !isHere) {
    return [
      origin.warning(
        `publicOrigin is ${publicOrigin}: without https anybody on the way reads along`,
      ),
      cookies.warning(`${shown}, without Secure: give publicOrigin an https origin`),
    ]
  }
  return [origin.ok(publicOrigin), cookies.ok(shown)]
}
